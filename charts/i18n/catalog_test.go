package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestCatalog(t *testing.T) {
	files := fstest.MapFS{}
	for _, code := range Languages() {
		files[code+".json"] = &fstest.MapFile{Data: []byte(`{"@metadata": {}}`)}
	}
	files["en.json"] = &fstest.MapFile{Data: []byte(`{"@metadata": {}, "web-a": "{{PLURAL:$1|$1 page|$1 pages}}", "web-b": "only English"}`)}
	files["de.json"] = &fstest.MapFile{Data: []byte(`{"web-a": "{{PLURAL:$1|$1 Seite|$1 Seiten}}"}`)}
	c, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ lang, key, want string }{
		{"de", "web-a", "2 Seiten"}, {"de-at", "web-a", "2 Seiten"}, {"de", "web-b", "only English"},
		{"ar", "web-a", "٢ pages"}, {"tlh", "web-a", "2 pages"}, {"de", "chart-group-newcomers", For("de").Message("chart-group-newcomers")},
	} {
		if got := c.For(test.lang).Message(test.key, 2); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.lang, test.key, got, test.want)
		}
	}
	if For("de").Has("web-a") {
		t.Error("a catalog's messages got into the charts'")
	}

	files["fr.json"] = &fstest.MapFile{Data: []byte(`{"web-a": "{{GENDER:$1}}"}`)}
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), "fr.json: web-a") {
		t.Errorf("a broken message: %v", err)
	}
	delete(files, "fr.json")
	if _, err := Load(files); err == nil {
		t.Error("a missing language is no error")
	}
}
