package retention_test

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"afterglow/retention"
)

func query(t testing.TB, s string) url.Values {
	t.Helper()
	q, err := url.ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestParseDefinition(t *testing.T) {
	tests := []struct {
		query  string
		change func(d *retention.Definition)
	}{
		{"", func(*retention.Definition) {}},
		{"population=active&anchor=start&mode=unbounded&threshold=5&months=60", func(d *retention.Definition) {
			d.Population, d.Anchor, d.Mode, d.Threshold, d.Months = retention.Active, retention.AnchorStart, retention.Unbounded, 5, 60
		}},
		{"group=newcomers&anchor=registration&newcomer_days=0", func(d *retention.Definition) {
			d.Group, d.Anchor, d.NewcomerDays = retention.Newcomers, retention.AnchorRegistration, 0
		}},
		{"wikis=home&namespaces=content&reverted=exclude&later_campaigns=exclude", func(d *retention.Definition) {
			d.Wikis.Kind, d.Namespaces.Kind, d.Reverted, d.LaterCampaigns = "home", "content", retention.Exclude, retention.Exclude
		}},
		{"wikis=frwiki,enwiki|frwiki&namespaces=10,0,2", func(d *retention.Definition) {
			d.Wikis = retention.Wikis{Kind: "list", Names: []string{"enwiki", "frwiki"}}
			d.Namespaces = retention.Namespaces{Kind: "list", Numbers: []int{0, 2, 10}}
		}},
	}
	for _, test := range tests {
		got, err := retention.ParseDefinition(query(t, test.query), retention.MeasureRetention)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
			continue
		}
		if want := with(test.change); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", test.query, got, want)
		}
	}
}

func TestParsePreset(t *testing.T) {
	got, err := retention.ParseDefinition(query(t, "preset=dashboard&wikis=all"), retention.MeasureRetention)
	if err != nil {
		t.Fatal(err)
	}
	want := retention.ForPreset(retention.Dashboard)
	want.Wikis = retention.Wikis{Kind: "all"}
	if !reflect.DeepEqual(got, want) || got.NewcomerDays != 0 || got.Namespaces.Kind != "list" {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, p := range retention.Presets() {
		got, err := retention.ParseDefinition(url.Values{"preset": {string(p)}}, retention.MeasureRetention)
		if err != nil || !reflect.DeepEqual(got, retention.ForPreset(p)) || got.Preset != p {
			t.Errorf("%s: %+v, error %v", p, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		measure retention.Measure
		query   string
		param   string
		allowed string // a part of what is said to be allowed
	}{
		{"retention", "anchor=sometime", "anchor", "end, start, join, registration"},
		{"retention", "anchor=", "anchor", "end, start"},
		{"retention", "mode=Bracket", "mode", "bracket"},
		{"retention", "threshold=0", "threshold", "1 to 1000"},
		{"retention", "threshold=1001", "threshold", "1 to 1000"},
		{"retention", "threshold=+5", "threshold", "whole number"},
		{"retention", "threshold=05", "threshold", "whole number"},
		{"retention", "threshold=5.0", "threshold", "whole number"},
		{"retention", "threshold=٥", "threshold", "whole number"},
		{"retention", "threshold=99999999999999999999", "threshold", "whole number"},
		{"retention", "months=61", "months", "1 to 60"},
		{"retention", "newcomer_days=181", "newcomer_days", "0 to 180"},
		{"retention", "months=3&months=3", "months", "once"},
		{"retention", "gap=60", "gap", "for retention: "},
		{"retention", "colour=red", "colour", "for retention: "},
		{"retention", "anchor=registration", "anchor", "group=newcomers"},
		{"retention", "anchor=registration&group=experienced", "anchor", "group=newcomers"},
		{"retention", "wikis=en wiki", "wikis", "database names"},
		{"retention", "wikis=enwiki,,frwiki", "wikis", "database names"},
		{"retention", "wikis=", "wikis", "database names"},
		{"retention", "wikis=all,enwiki,<script>", "wikis", "database names"},
		{"retention", "wikis=" + strings.Repeat("w,", 60) + "w", "wikis", "up to 50"},
		{"retention", "wikis=" + strings.Repeat("w", 65), "wikis", "database names"},
		{"retention", "namespaces=-1", "namespaces", "numbers"},
		{"retention", "namespaces=0,talk", "namespaces", "numbers"},
		{"retention", "namespaces=32768", "namespaces", "numbers"},
		{"retention", "preset=none", "preset", "wmf-new-editor"},
		{"retention", "preset=growth&threshold=5", "threshold", "preset"},
		{"retention", "preset=growth&survival_n=5", "survival_n", "preset"},
		{"retention", "survival_n=5", "survival_n", "only with preset=survival"},
		{"retention", "preset=survival&survival_n=0", "survival_n", "1 to 1000"},
		{"marks", "months=3", "months", "for marks: "},
		{"marks", "group=all", "group", "for marks: "},
		{"marks", "anchor=registration", "anchor", "group=newcomers"},
		{"survival", "gap=6", "gap", "7 to 365"},
		{"survival", "mode=bracket", "mode", "for survival: "},
		{"cohorts", "anchor=end", "anchor", "join"},
		{"intensity", "threshold=5", "threshold", "for intensity: "},
		{"activity", "anchor=end", "anchor", "for activity: "},
		{"baseline", "group=newcomers", "group", "no parameter"},
		{"rollup", "anchor=end", "anchor", "for rollup: "},
	}
	for _, test := range tests {
		_, err := retention.ParseDefinition(query(t, test.query), test.measure)
		var p *retention.ParamError
		if !errors.As(err, &p) || p.Param != test.param || !strings.Contains(p.Allowed, test.allowed) {
			t.Errorf("%s?%s: error %v, want *ParamError for %s that says %q", test.measure, test.query, err, test.param, test.allowed)
		}
	}
}

func TestComparisonParams(t *testing.T) {
	if _, err := retention.ParseComparison(query(t, "group=newcomers&anchor=registration"), retention.MeasureMarks); err != nil {
		t.Error(err)
	}
	d, err := retention.ParseComparison(nil, retention.MeasureCohorts)
	if err != nil || d.Anchor != retention.AnchorEnd {
		t.Errorf("%+v, error %v, want the end as anchor", d, err)
	}
	if !slices.Contains(retention.ComparisonParams(retention.MeasureMarks), "group") || slices.Contains(retention.DefinitionParams(retention.MeasureMarks), "group") {
		t.Error("the marks of a comparison are of one group, those of a campaign of all")
	}
}

func TestEveryMeasureTakesItsParams(t *testing.T) {
	values := map[string]string{
		"population": "active", "anchor": "join", "mode": "cumulative", "threshold": "3", "months": "7", "group": "repeat", "wikis": "campaign",
		"namespaces": "0,4", "reverted": "exclude", "later_campaigns": "exclude", "newcomer_days": "9", "gap": "30",
	}
	for _, m := range append(measures(), retention.MeasureRollUp) {
		q := url.Values{}
		for _, name := range retention.DefinitionParams(m) {
			if v, ok := values[name]; ok {
				q.Set(name, v)
			}
		}
		d, err := retention.ParseDefinition(q, m)
		if err != nil {
			t.Errorf("%s: %v", m, err)
			continue
		}
		plain, err := retention.ParseDefinition(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		for name := range q {
			if m == retention.MeasureCohorts && name == "anchor" {
				continue // join is its only one
			}
			one, err := retention.ParseDefinition(url.Values{name: q[name]}, m)
			if err != nil {
				t.Errorf("%s: %s alone: %v", m, name, err)
			}
			if one.Canonical(m) == plain.Canonical(m) {
				t.Errorf("%s: %s=%s is not in the canonical text %q", m, name, q.Get(name), one.Canonical(m))
			}
			if !strings.Contains(d.Canonical(m), name+"="+q.Get(name)) {
				t.Errorf("%s: %s=%s is not in %q", m, name, q.Get(name), d.Canonical(m))
			}
		}
	}
}

func TestValidateHoldsForDefinitionsMadeInGo(t *testing.T) {
	for name, change := range map[string]func(d *retention.Definition){
		"no threshold":      func(d *retention.Definition) { d.Threshold = 0 },
		"no wikis":          func(d *retention.Definition) { d.Wikis = retention.Wikis{} },
		"an empty list":     func(d *retention.Definition) { d.Wikis = retention.Wikis{Kind: "list"} },
		"a hostile name":    func(d *retention.Definition) { d.Wikis = retention.Wikis{Kind: "list", Names: []string{"a b"}} },
		"a negative number": func(d *retention.Definition) { d.Namespaces = retention.Namespaces{Kind: "list", Numbers: []int{-2}} },
		"an unknown preset": func(d *retention.Definition) { d.Preset = "mine" },
		"an unknown group":  func(d *retention.Definition) { d.Group = "friends" },
	} {
		_, err := retention.Compute(cohort(t, old()), retention.MeasureRetention, with(change), late())
		var p *retention.ParamError
		if !errors.As(err, &p) {
			t.Errorf("%s: error %v, want *ParamError", name, err)
		}
	}
	if _, err := retention.Compute(cohort(t, old()), retention.MeasureRetention, retention.Definition{}, late()); err == nil {
		t.Error("the zero definition was computed")
	}
	if _, err := retention.Compute(cohort(t, old()), "wishes", retention.Default(), late()); err == nil {
		t.Error("an unknown measure was computed")
	}
	if _, err := retention.Compute(cohort(t, old()), retention.MeasureRetention, retention.Default(), retention.Options{}); err == nil {
		t.Error("figures as of never were computed")
	}
	if _, err := retention.Compute(cohort(t, old()), retention.MeasureRetention, retention.Default(), minCell(-1)); err == nil {
		t.Error("a negative least cell was taken")
	}
}

func FuzzParseDefinition(f *testing.F) {
	for _, s := range []string{
		"", "anchor=join&mode=cumulative", "preset=survival&survival_t=0", "wikis=a,b|c&namespaces=1,2", "threshold=1000&months=60", "gap=7", "group=repeat&anchor=registration", "months=\x00&;=%",
	} {
		for i := range measures() {
			f.Add(s, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, s string, which uint8) {
		q, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		m := measures()[int(which)%len(measures())]
		d, err := retention.ParseDefinition(q, m)
		if err != nil {
			var p *retention.ParamError
			if !errors.As(err, &p) || p.Allowed == "" {
				t.Fatalf("%q: error %v is no *ParamError that says what is allowed", s, err)
			}
			return
		}
		// Its canonical text, read again, is the same definition: nothing that
		// was taken is lost, and nothing has two spellings.
		again := url.Values{}
		for pair := range strings.SplitSeq(d.Canonical(m), "&") {
			name, value, _ := strings.Cut(pair, "=")
			if slices.Contains(retention.DefinitionParams(m), name) && (name != "preset" || value != "") {
				again.Set(name, value)
			}
		}
		if again.Has("preset") {
			for name := range again {
				if !slices.Contains([]string{"preset", "wikis", "namespaces", "reverted", "later_campaigns", "survival_n", "survival_t", "survival_s"}, name) {
					again.Del(name)
				}
			}
		}
		back, err := retention.ParseDefinition(again, m)
		if err != nil || !reflect.DeepEqual(back, d) {
			t.Fatalf("%q is %+v, but its canonical text %q is %+v (%v)", s, d, d.Canonical(m), back, err)
		}
		if _, err := retention.Compute(fuzzCohort(t), m, d, late()); err != nil {
			var u *retention.UnavailableError
			if !errors.As(err, &u) {
				t.Fatalf("%q was parsed but cannot be computed: %v", s, err)
			}
		}
	})
}

func fuzzCohort(t *testing.T) *retention.Cohort {
	t.Helper()
	return cohort(t, young(end()+1, end()+40*day), old(end()+1))
}
