package gadget

import (
	"bytes"
	"compress/gzip"
	"testing"
)

// size: what one reader downloads, as this wiki's ResourceLoader makes it, is
// under 8,000 bytes compressed in every language.
func (w *world) size(t *testing.T) {
	load := w.wiki.URL + "/w/load.php?lang=en&skin=vector-2022&modules="
	script := compressed(t, get(t, load+"ext.gadget.afterglow"))
	styles := compressed(t, get(t, load+"ext.gadget.afterglow-styles&only=styles"))
	for _, language := range []string{"ar", "de", "en", "es", "fr", "hi", "sw"} {
		words := compressed(t, w.raw(t, "MediaWiki:Gadget-afterglow/i18n/"+language+".json"))
		all := script + styles + words
		t.Logf("%s: %d bytes (script %d, styles %d, words %d)", language, all, script, styles, words)
		if all >= 8000 || script < 1000 || styles < 200 || words < 200 {
			t.Errorf("%s: %d bytes (script %d, styles %d, words %d)", language, all, script, styles, words)
		}
	}
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
