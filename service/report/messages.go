package report

import (
	"embed"

	"afterglow/charts/i18n"
)

//go:embed i18n/*.json
var messageFiles embed.FS

// messages are the page's.
var messages = i18n.Embedded(messageFiles)
