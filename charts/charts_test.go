package charts

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"afterglow/charts/raster"
	"afterglow/charts/sample"
	"afterglow/retention"
)

func mustSVG(t *testing.T, r retention.Result, o Options) string {
	t.Helper()
	svg, err := SVG(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return string(svg)
}

func has(t *testing.T, svg string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(svg, w) {
			t.Errorf("the chart does not say %q", w)
		}
	}
}

func TestOptions(t *testing.T) {
	c := sample.Curve(sample.Title, 60, 52, 12, 9)
	for _, o := range []Options{{Theme: "sepia"}, {Width: 319}, {Width: 1601}, {Height: 10}, {Height: 5000}, {Width: -1}} {
		_, err := SVG(c, o)
		var bad *OptionError
		if !errors.As(err, &bad) || bad.Param == "" || bad.Allowed == "" {
			t.Errorf("%+v: %v", o, err)
		}
		if _, err := Sparkline(c, o); !errors.As(err, &bad) {
			t.Errorf("sparkline, %+v: %v", o, err)
		}
		if _, err := Placeholder(c.Campaign, 1, 2, o); !errors.As(err, &bad) {
			t.Errorf("placeholder, %+v: %v", o, err)
		}
	}
	if _, err := SVG(nil, Options{}); !errors.Is(err, ErrNoChart) {
		t.Errorf("nothing: %v", err)
	}
	if svg := mustSVG(t, c, Options{}); strings.Contains(svg, `class="t"`) || !strings.Contains(svg, `width="760"`) {
		t.Error("the zero Options draw no title, 760 pixels wide")
	}
	if svg := mustSVG(t, c, Options{Transparent: true}); strings.Contains(svg, `class="z"`) {
		t.Error("a transparent chart has a ground")
	}
}

func TestHeightIsKept(t *testing.T) {
	for _, k := range []retention.Result{sample.Curve(sample.Title, 60, 52, 12, 9), sample.Survival(sample.Title, 112, 45, 0.01), sample.Lifecycle(sample.Title, 112, 9), sample.Intensity(sample.Title, 112, 12, 9)} {
		for _, h := range []int{400, 600, 1000} {
			if svg := mustSVG(t, k, Options{Height: h, Title: true}); !strings.Contains(svg, fmt.Sprintf(` height="%d"`, h)) {
				t.Errorf("%T is not %d pixels high: %.160s", k, h, svg)
			}
		}
	}
	// A height that leaves no room for the plot is exceeded, not obeyed.
	if svg := mustSVG(t, sample.Curve(sample.Title, 60, 52, 12, 9), Options{Height: MinHeight, Width: 320, Title: true}); strings.Contains(svg, ` height="160"`) {
		t.Error("a plot of no height")
	}
}

// No status is silently absent.
func TestStatusesAreSaid(t *testing.T) {
	open := sample.Curve(sample.Title, 60, 52, 12, 9)
	has(t, mustSVG(t, open, Options{}), "not over yet", `class="o"`, "may still change")
	none := sample.Curve(sample.Title, 60, 52, 12, 0)
	has(t, mustSVG(t, none, Options{}), "not over yet", "The first month is not over yet", ">newcomers<")
	few := sample.Curve(sample.Title, 3, 52, 12, 9)
	has(t, mustSVG(t, few, Options{}), "too few to show", ">newcomers<", ">experienced<")
	both := sample.Curve(sample.Title, 3, 2, 12, 9)
	has(t, mustSVG(t, both, Options{}), "all participants")
	nobody := &retention.Curve{Head: sample.Head(retention.MeasureRetention, sample.Title, 0)}
	has(t, mustSVG(t, nobody, Options{}), "There are no public registrations for this campaign.")
	gaps := sample.Curve(sample.Title, 60, 52, 12, 12)
	gaps.Groups[0].Points[4].Status = retention.Suppressed
	has(t, mustSVG(t, gaps, Options{}), "too few to show", `class="p"`)
	rows := sample.Marks(sample.Title, 60, 3, 6)
	has(t, mustSVG(t, rows, Options{}), "not over yet", "too few to show")
	survival := sample.Survival(sample.Title, 112, 45, 0.01)
	survival.Status, survival.Points = retention.Suppressed, nil
	has(t, mustSVG(t, survival, Options{}), "too few to show")
	has(t, mustSVG(t, sample.Cohorts(sample.Title, 7, 12), Options{}), "month 1: too few to show", "month 12: not over yet")
	comparison := sample.Comparison(3, 12)
	for i := range comparison.Curves[1].Points {
		comparison.Curves[1].Points[i].Status = retention.Suppressed
	}
	has(t, mustSVG(t, comparison, Options{}), "too few to show")
}

func TestFoot(t *testing.T) {
	for _, k := range kinds() {
		if k.name == "sparkline" || k.name == "badge" {
			continue
		}
		svg, err := k.draw(Options{MadeUp: true, Width: 1600}, sample.Title)
		if err != nil {
			t.Fatal(err)
		}
		wants := []string{"public registrations only", "sample data: the people are made up"}
		if k.name != "placeholder" {
			wants = append(wants, "all wikis", "data to 1 Nov 2025")
		}
		if k.name != "placeholder" && k.name != "rollup" && !strings.HasPrefix(k.name, "comparison") {
			wants = append(wants, "measured", "event 1234")
		}
		has(t, string(svg), wants...)
	}
	c := sample.Curve(sample.Title, 60, 52, 12, 9)
	c.Definition.Threshold, c.Definition.Mode, c.Definition.Reverted = 5, retention.Unbounded, retention.Exclude
	c.Definition.LaterCampaigns, c.Definition.Population = retention.Exclude, retention.Active
	c.Definition.Wikis = retention.Wikis{Kind: "list", Names: []string{"enwiki", "frwiki"}}
	c.Definition.Namespaces = retention.Namespaces{Kind: "list", Numbers: []int{0, 4}}
	c.Coverage.WikisFailed = []string{"dewiki"}
	c.Unknown = retention.Unknown{Anchor: 2, HomeWiki: 1}
	has(t, mustSVG(t, c, Options{Width: 1600}), "≥ 5 edits from the month on", "on \u2068enwiki, frwiki\u2069", "namespaces: 0, 4", "without reverted edits",
		"without edits during later campaigns", "only those active during the campaign", "1 wiki could not be read", "2 people left out: their starting date is not known", "1 person left out: their home wiki is not known", "made at least 5 edits in month 3 or later")
}

func TestFinding(t *testing.T) {
	c := sample.Curve(sample.Title, 60, 52, 12, 9)
	for _, x := range []struct{ lang, want string }{
		{"en", "28% of 60 newcomers still edited in month 3 (between 19% and 41%)."},
		{"de", "Von 60 Neulingen haben 28\u00a0% im Monat 3 noch bearbeitet (zwischen 19\u00a0% und 41\u00a0%)."},
		{"fr", "Parmi 60 nouveaux arrivants, 28\u202f% contribuaient encore au mois 3 (entre 19\u202f% et 41\u202f%)."},
		{"es", "De 60 principiantes, el 28\u00a0% seguía editando en el mes 3 (entre el 19\u00a0% y el 41\u00a0%)."},
		{"hi", "60 नवागंतुकों में से 28% ने महीने 3 में भी संपादन किया (19% और 41% के बीच)।"},
		{"sw", "Kati ya wageni 60, 28% bado walihariri katika mwezi wa 3 (kati ya 19% na 41%)."},
		{"ar", "من بين ٦٠ مشاركًا جديدًا، ظل ٢٨٪\u061c يحررون في الشهر ٣ (بين ١٩٪\u061c و٤١٪\u061c)."},
		{"tlh", "28% of 60 newcomers still edited in month 3 (between 19% and 41%)."},
	} {
		if got := Finding(c, x.lang); got != x.want {
			t.Errorf("%s:\n%s\nwant\n%s", x.lang, got, x.want)
		}
	}
	for _, r := range everyResult() {
		for _, lang := range Languages() {
			if f := Finding(r, lang); f == "" || strings.Contains(f, "⧼") || strings.Contains(f, "$") {
				t.Errorf("%T in %s: %q", r, lang, f)
			}
		}
	}
	if Finding(nil, "en") != "" {
		t.Error("nothing has a finding")
	}
	// Month 1 speaks until month 3 is known; later months where neither is.
	early := sample.Curve(sample.Title, 60, 52, 12, 2)
	if got := Finding(early, "en"); !strings.Contains(got, "in month 1 ") {
		t.Error(got)
	}
}

func TestTitlesOfCharts(t *testing.T) {
	svg := mustSVG(t, sample.Curve(sample.Nasty, 60, 52, 12, 9), Options{})
	has(t, svg, `role="img"`, "<desc>28% of 60 newcomers", "&lt;script&gt;")
	if strings.Contains(svg, "<script") || strings.Contains(svg, "\u202e") {
		t.Error("a hostile title got through")
	}
	long := mustSVG(t, sample.Curve(sample.Long, 60, 52, 12, 9), Options{Width: 320, Title: true})
	has(t, long, "…</text>", sample.Long) // shortened where it is seen, whole in the title
	if n := strings.Count(long, `class="t"`); n != 2 {
		t.Errorf("the title has %d lines", n)
	}
	has(t, mustSVG(t, sample.Curve(sample.Arabic, 60, 52, 12, 9), Options{Lang: "arz"}), `lang="ar"`, `direction="rtl"`)
}

func TestSmallCharts(t *testing.T) {
	c := sample.Curve(sample.Title, 60, 52, 12, 9)
	spark, err := Sparkline(c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(spark), `width="120"`, "40%", "month 6: 40% (32–49%), 45 of 112")
	badge, err := Badge(c, Options{Lang: "de"})
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(badge), "noch aktiv im Monat 6", "40\u00a0% (32–49\u00a0%)")
	unknown := sample.Curve(sample.Title, 60, 52, 12, 0)
	if badge, err = Badge(unknown, Options{}); err != nil {
		t.Fatal(err)
	}
	has(t, string(badge), "not known yet")
	for _, n := range [][2]int{{0, 0}, {40, 112}, {-5, 3}, {9, 3}} {
		p, err := Placeholder(c.Campaign, n[0], n[1], Options{})
		if err != nil {
			t.Fatal(err)
		}
		has(t, string(p), "Being measured")
	}
}

func TestHighlight(t *testing.T) {
	svg := mustSVG(t, sample.Comparison(12, 12), Options{Highlight: "metawiki-104"})
	if strings.Contains(svg, `class="s1"`) || !strings.Contains(svg, `class="s0"`) || !strings.Contains(svg, `class="s8"`) {
		t.Error("one campaign in colour, the others grey")
	}
}

func TestPNG(t *testing.T) {
	for _, o := range []Options{{Title: true}, {Theme: ThemeDark, Lang: "ar", Width: 320}, {Lang: "hi", Width: 1600, Height: 1600}} {
		b, err := PNG(sample.Curve(sample.Title, 60, 52, 12, 9), o)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		want := 2 * o.Width
		if o.Width == 0 {
			want = 2 * DefaultWidth
		}
		if img.Bounds().Dx() != want {
			t.Errorf("%d pixels wide, want %d", img.Bounds().Dx(), want)
		}
	}
	if _, err := PNG(nil, Options{}); !errors.Is(err, ErrNoChart) {
		t.Error(err)
	}
	if _, err := Rasterize([]byte(`<svg class="other" width="9" height="9"/>`)); !errors.Is(err, raster.ErrNotOurs) {
		t.Error(err)
	}
	for _, k := range append(kinds(), edges()...) {
		svg, err := k.draw(Options{Width: 320, Title: true}, sample.Title)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Rasterize(svg); err != nil {
			t.Errorf("%s: %v", k.name, err)
		}
	}
}

func ExampleFinding() {
	fmt.Println(Finding(sample.Curve("Wiki Loves Libraries", 60, 52, 12, 9), "en"))
	// Output: 28% of 60 newcomers still edited in month 3 (between 19% and 41%).
}

// Charts are drawn by many requests at once.
func TestAtOnce(t *testing.T) {
	want, err := PNG(sample.Curve(sample.Arabic, 60, 52, 12, 9), Options{Lang: "ar", Width: 320})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan []byte)
	for range 4 {
		go func() {
			b, err := PNG(sample.Curve(sample.Arabic, 60, 52, 12, 9), Options{Lang: "ar", Width: 320})
			if err != nil {
				b = nil
			}
			done <- b
		}()
	}
	for range 4 {
		if got := <-done; !bytes.Equal(got, want) {
			t.Error("another picture when drawn at once")
		}
	}
}
