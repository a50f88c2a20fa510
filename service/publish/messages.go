package publish

import (
	"embed"

	"afterglow/charts/i18n"
)

//go:embed i18n/*.json
var messageFiles embed.FS

// messages are those of pages.
var messages = i18n.Embedded(messageFiles)
