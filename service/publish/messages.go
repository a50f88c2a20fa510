package publish

import (
	"embed"
	"io/fs"
	"sync"

	"afterglow/charts/i18n"
)

//go:embed i18n/*.json
var messageFiles embed.FS

// messages are those of pages. The files are part of the program and a test
// reads them all, so a broken one is a broken build.
var messages = sync.OnceValue(func() *i18n.Catalog {
	dir, err := fs.Sub(messageFiles, "i18n")
	if err != nil {
		panic(err)
	}
	c, err := i18n.Load(dir)
	if err != nil {
		panic(err)
	}
	return c
})
