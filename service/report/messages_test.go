package report

import (
	"testing"

	"afterglow/charts/i18n/i18ntest"
)

func TestMessages(t *testing.T) { i18ntest.Check(t, messageFiles, messages()) }
