package gadget

import (
	"net/url"
	"strings"
	"testing"
)

// template: readers without the gadget have a link, and the picture that the
// page names. Safe mode is MediaWiki without any gadget.
func (w *world) template(t *testing.T) {
	svg := get(t, w.front.URL+"/v1/campaigns/"+campaign(measured)+"/retention.svg?theme=light")
	w.admin.Upload(t, "Women in Science retention.svg", "", []byte(svg))
	w.admin.Edit(t, "Plain", "{{Campaign retention|event=201|wiki=testwiki|group=newcomers|image=Women in Science retention.svg|alt=One in three stayed|caption=''Who'' stayed|service=https://charts.example.org}}")
	w.admin.Edit(t, "Bare", "{{Campaign retention|nocat=1}}")

	r := w.reader(t)
	r.visit(w.wiki.Page("Plain") + "?safemode=1")
	if href := r.text(first + ".querySelector('a.external').href"); href != "https://charts.example.org/campaigns/"+campaign(measured) {
		t.Errorf("the link leads to %s", href)
	}
	r.until(first + ".querySelector('img').complete")
	if width := r.number(first + ".querySelector('img').naturalWidth"); width < 200 {
		t.Errorf("the picture is %v wide", width)
	}
	if alt := r.text(first + ".querySelector('img').alt"); alt != "One in three stayed" {
		t.Errorf("the picture's text is %q", alt)
	}
	if got := r.text(`document.querySelector('.afterglow-caption').innerHTML`); !strings.Contains(got, "<i>Who</i> stayed") {
		t.Errorf("the caption is %q", got)
	}
	if got := r.text(`document.querySelector('#mw-content-text').textContent`); strings.Contains(got, "{{") || strings.Contains(got, "#if") || strings.Contains(got, "data-") {
		t.Errorf("wikitext is left over: %q", got)
	}
	if got := r.text(`document.querySelector('#catlinks').textContent`); !strings.Contains(got, "Pages with campaign retention charts") {
		t.Errorf("the categories are %q", got)
	}
	r.picture("template")
	r.accessible()

	r.visit(w.wiki.Page("Bare") + "?safemode=1")
	if got := strings.TrimSpace(r.text(first + ".textContent")); got != "Who stayed after this campaign" {
		t.Errorf("without parameters there is %q", got)
	}
	if got := r.text(`document.querySelector('#catlinks')?.textContent ?? ''`); strings.Contains(got, "retention") {
		t.Errorf("nocat leaves %q", got)
	}

	// The same element, with the gadget: its attributes reach the service.
	w.agree(t, r, w.wiki.Page("Plain"))
	r.state("chart")
	asked := w.front.asked()
	q := asked[len(asked)-1].URL.Query()
	if q.Get("group") != "newcomers" || q.Has("wiki") || q.Has("service") {
		t.Errorf("the service was asked %s", asked[len(asked)-1].URL)
	}

	// TemplateData is what the wiki understands of the documentation.
	var answer struct {
		Pages map[string]struct {
			Params map[string]struct{ Type string }
		}
	}
	if err := w.admin.Call(t, url.Values{"action": {"templatedata"}, "titles": {"Template:Campaign retention"}}, &answer); err != nil {
		t.Fatal(err)
	}
	for _, page := range answer.Pages {
		if len(page.Params) < 20 || page.Params["image"].Type != "wiki-file-name" {
			t.Errorf("TemplateData: %+v", page.Params)
		}
	}
	if len(answer.Pages) != 1 {
		t.Errorf("TemplateData of %d pages", len(answer.Pages))
	}
	r.visit(w.wiki.Page("Template:Campaign retention"))
	r.until(`document.querySelector('.mw-templatedata-doc-params')`)
}
