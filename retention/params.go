package retention

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of lists in a definition.
const (
	maxListed    = 50
	maxListText  = 50 * 65
	maxNamespace = 32767 // MediaWiki's own numbers and its extensions' lie below
)

// param is one parameter of a definition: how it is read and written.
type param struct {
	name string
	// allowed is in words, for errors.
	allowed string
	set     func(d *Definition, v string) bool
	get     func(d *Definition) string
	// valid says whether d's value is allowed; copy takes it from another.
	valid func(d *Definition) bool
	copy  func(to, from *Definition)
}

// parameters is all parameters, in the order in which they are echoed. It
// never changes.
var parameters = newParameters() //nolint:gochecknoglobals // a constant table

func newParameters() []param {
	return []param{
		choice("anchor", func(d *Definition) *Anchor { return &d.Anchor }, AnchorEnd, AnchorStart, AnchorJoin, AnchorRegistration),
		choice("mode", func(d *Definition) *Mode { return &d.Mode }, Bracket, Unbounded, Cumulative),
		number("threshold", func(d *Definition) *int { return &d.Threshold }, 1, 1000),
		choice("group", func(d *Definition) *Group { return &d.Group }, All, Newcomers, Experienced, FirstTime, Repeat),
		{
			name: "wikis", allowed: "all, campaign, home, or up to 50 database names separated by commas",
			set:   func(d *Definition, v string) (ok bool) { d.Wikis, ok = parseWikis(v); return ok },
			get:   func(d *Definition) string { return d.Wikis.String() },
			valid: func(d *Definition) bool { return d.Wikis.valid() },
			copy:  func(to, from *Definition) { to.Wikis = from.Wikis },
		},
		choice("population", func(d *Definition) *Population { return &d.Population }, Registered, Active),
		number("months", func(d *Definition) *int { return &d.Months }, 1, 60),
		{
			name: "namespaces", allowed: "all, content, or up to 50 numbers (0 to 32767) separated by commas",
			set:   func(d *Definition, v string) (ok bool) { d.Namespaces, ok = parseNamespaces(v); return ok },
			get:   func(d *Definition) string { return d.Namespaces.String() },
			valid: func(d *Definition) bool { return d.Namespaces.valid() },
			copy:  func(to, from *Definition) { to.Namespaces = from.Namespaces },
		},
		choice("reverted", func(d *Definition) *Inclusion { return &d.Reverted }, Include, Exclude),
		choice("later_campaigns", func(d *Definition) *Inclusion { return &d.LaterCampaigns }, Include, Exclude),
		number("newcomer_days", func(d *Definition) *int { return &d.NewcomerDays }, 0, 180),
		number("gap", func(d *Definition) *int { return &d.Gap }, 7, 365),
		choice("preset", func(d *Definition) *Preset { return &d.Preset }, WMFNewEditor, SurvivingNewEditor, SurvivalPreset, Growth, EventMetrics, Dashboard, ProgramEvaluation, ActiveEditor),
		number("survival_n", func(d *Definition) *int { return &d.SurvivalN }, 1, 1000),
		number("survival_t", func(d *Definition) *int { return &d.SurvivalT }, 0, 1800),
		number("survival_s", func(d *Definition) *int { return &d.SurvivalS }, 0, 1800),
	}
}

// choice is a parameter with a few words as values.
func choice[T ~string](name string, field func(*Definition) *T, values ...T) param {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return param{
		name: name, allowed: strings.Join(words, ", "),
		set: func(d *Definition, v string) bool {
			*field(d) = T(v)
			return slices.Contains(values, T(v))
		},
		get:   func(d *Definition) string { return string(*field(d)) },
		valid: func(d *Definition) bool { return slices.Contains(values, *field(d)) },
		copy:  func(to, from *Definition) { *field(to) = *field(from) },
	}
}

// number is a parameter with a whole number as value.
func number(name string, field func(*Definition) *int, low, high int) param {
	return param{
		name: name, allowed: fmt.Sprintf("a whole number from %d to %d", low, high),
		set: func(d *Definition, v string) bool {
			n, ok := wholeNumber(v)
			*field(d) = n
			return ok && n >= low && n <= high
		},
		get:   func(d *Definition) string { return strconv.Itoa(*field(d)) },
		valid: func(d *Definition) bool { return low <= *field(d) && *field(d) <= high },
		copy:  func(to, from *Definition) { *field(to) = *field(from) },
	}
}

// wholeNumber reads digits only: no sign, no space, no leading zero, so that a
// value has one spelling.
func wholeNumber(s string) (int, bool) {
	if len(s) == 0 || len(s) > 6 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// String is the value as in a query.
func (w Wikis) String() string {
	if w.Kind == "list" {
		return strings.Join(w.Names, ",")
	}
	return w.Kind
}

// String is the value as in a query.
func (n Namespaces) String() string {
	if n.Kind != "list" {
		return n.Kind
	}
	words := make([]string, len(n.Numbers))
	for i, v := range n.Numbers {
		words[i] = strconv.Itoa(v)
	}
	return strings.Join(words, ",")
}

// list splits at commas, or at MediaWiki's pipes.
func list(v string) ([]string, bool) {
	words := strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '|' })
	separators := strings.Count(v, ",") + strings.Count(v, "|")
	// Empty elements are a slip of the pen that should be told.
	return words, len(words) == separators+1 && len(words) <= maxListed
}

func parseWikis(v string) (Wikis, bool) {
	w := Wikis{Kind: v}
	if len(v) > maxListText {
		return Wikis{}, false
	}
	if !slices.Contains([]string{"all", "campaign", "home"}, v) {
		words, ok := list(v)
		if !ok {
			return Wikis{}, false
		}
		slices.Sort(words)
		w = Wikis{Kind: "list", Names: slices.Compact(words)}
	}
	return w, w.valid()
}

// valid reports whether the names can be database names.
func (w Wikis) valid() bool {
	switch w.Kind {
	case "all", "campaign", "home":
		return len(w.Names) == 0
	case "list":
		return len(w.Names) > 0 && len(w.Names) <= maxListed && !slices.ContainsFunc(w.Names, func(name string) bool {
			return len(name) == 0 || len(name) > 64 || strings.Trim(name, nameLetters) != ""
		})
	}
	return false
}

// nameLetters is what database names of wikis are made of.
const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

func parseNamespaces(v string) (Namespaces, bool) {
	n := Namespaces{Kind: v}
	if len(v) > maxListText {
		return Namespaces{}, false
	}
	if v != "all" && v != "content" {
		words, ok := list(v)
		if !ok {
			return Namespaces{}, false
		}
		n.Kind = "list"
		for _, w := range words {
			number, ok := wholeNumber(w)
			if !ok {
				return Namespaces{}, false
			}
			n.Numbers = append(n.Numbers, number)
		}
		slices.Sort(n.Numbers)
		n.Numbers = slices.Compact(n.Numbers)
	}
	return n, n.valid()
}

// valid reports whether the numbers can be namespaces with edits.
func (n Namespaces) valid() bool {
	switch n.Kind {
	case "all", "content":
		return len(n.Numbers) == 0
	case "list":
		return len(n.Numbers) > 0 && len(n.Numbers) <= maxListed && !slices.ContainsFunc(n.Numbers, func(number int) bool {
			return number < 0 || number > maxNamespace
		})
	}
	return false
}

// DefinitionParams is the names of the parameters that apply to a measure, in
// the order in which they are echoed; none for a measure that takes none. The
// baseline takes none: it is computed once, by the default definition, and the
// control accounts are then deleted.
func DefinitionParams(m Measure) []string {
	names := []string{"population", "wikis", "namespaces", "reverted", "later_campaigns", "newcomer_days"}
	var more []string
	switch m {
	case MeasureRetention:
		more = []string{"anchor", "mode", "threshold", "months", "group", "preset", "survival_n", "survival_t", "survival_s"}
	case MeasureMarks:
		more = []string{"anchor", "mode", "threshold"}
	case measureMarksOfOne:
		more = []string{"anchor", "mode", "threshold", "group"}
	case MeasureSurvival:
		more = []string{"anchor", "group", "gap"}
	case MeasureCohorts, measureCampaigns:
		more = []string{"anchor", "mode", "threshold", "months", "group"}
	case MeasureIntensity:
		more = []string{"anchor", "months", "group"}
	case MeasureActivity, MeasureLifecycle:
		more = []string{"group"}
	case MeasureRollUp:
		more = []string{"mode", "threshold", "months", "group"}
	default:
		return nil
	}
	names = append(names, more...)
	out := make([]string, 0, len(names))
	for _, p := range parameters {
		if slices.Contains(names, p.name) {
			out = append(out, p.name)
		}
	}
	return out
}

// ParseDefinition reads a definition for a measure from the definition's
// parameters of a query; the rest of the query must have been taken out. What
// is not given has its default, or the preset's value. Every error is a
// *ParamError: a parameter that is unknown, does not apply to the measure or to
// the preset, is given twice, or has a value that is not allowed.
func ParseDefinition(q url.Values, m Measure) (Definition, error) {
	return parse(q, m, DefinitionParams(m), defaults(m))
}

// ComparisonParams is the names of the parameters that ParseComparison takes.
func ComparisonParams(m Measure) []string { return DefinitionParams(compareAs(m)) }

// ParseComparison is ParseDefinition for Compare: a comparison's marks are of
// one group, and the cohorts of its heatmap are the campaigns, whose anchor is
// free and by default the end.
func ParseComparison(q url.Values, m Measure) (Definition, error) {
	return parse(q, compareAs(m), DefinitionParams(compareAs(m)), defaults(compareAs(m)))
}

func parse(q url.Values, m Measure, names []string, d Definition) (Definition, error) {
	if err := checkNames(q, m, names); err != nil {
		return Definition{}, err
	}
	if q.Has("preset") {
		p := Preset(q.Get("preset"))
		if _, ok := presetOf(p); !ok {
			return Definition{}, badValue("preset", q.Get("preset"))
		}
		d = ForPreset(p)
	}
	for _, p := range parameters {
		if !q.Has(p.name) || p.name == "preset" {
			continue
		}
		if !p.set(&d, q.Get(p.name)) {
			return Definition{}, &ParamError{p.name, q.Get(p.name), p.allowed}
		}
	}
	return d, d.Validate(m)
}

// checkNames refuses parameters that are unknown, do not apply, or come twice.
func checkNames(q url.Values, m Measure, names []string) error {
	given := make([]string, 0, len(q))
	for name := range q {
		given = append(given, name)
	}
	slices.SortFunc(given, cmp.Compare) // the same query gives the same error
	preset := q.Has("preset")
	for _, name := range given {
		value := strings.Join(q[name], ",")
		allowed := "for " + string(m) + ": " + strings.Join(names, ", ")
		if len(names) == 0 {
			allowed = "no parameter applies to " + string(m)
		}
		switch {
		case !slices.Contains(names, name):
			return &ParamError{name, value, allowed}
		case len(q[name]) != 1:
			return &ParamError{name, value, "once"}
		case preset && !appliesToPreset(name, Preset(q.Get("preset"))):
			return &ParamError{name, value, "with a preset only wikis, namespaces, reverted and later_campaigns can be given (and survival_n, survival_t, survival_s with preset=survival)"}
		case !preset && strings.HasPrefix(name, "survival_"):
			return &ParamError{name, value, "only with preset=survival"}
		}
	}
	return nil
}

func badValue(name, value string) error {
	for _, p := range parameters {
		if p.name == name {
			return &ParamError{name, value, p.allowed}
		}
	}
	return &ParamError{name, value, "unknown"}
}

// defaults is the definition a measure has unless asked otherwise.
func defaults(m Measure) Definition {
	d := Default()
	switch m {
	case MeasureCohorts:
		d.Anchor = AnchorJoin
	case MeasureBaseline:
		d.Group = Newcomers
	}
	return d
}

// Validate reports, as a *ParamError, a value that is not allowed for the
// measure. Fields that do not apply to the measure are not looked at.
func (d Definition) Validate(m Measure) error {
	names := DefinitionParams(m)
	for _, p := range parameters {
		if !slices.Contains(names, p.name) {
			continue
		}
		if p.name == "preset" && d.Preset == "" {
			continue
		}
		if !p.valid(&d) {
			return &ParamError{p.name, p.get(&d), p.allowed}
		}
	}
	if d.Anchor == AnchorRegistration && slices.Contains(names, "anchor") && d.Group != Newcomers {
		return &ParamError{"anchor", string(d.Anchor), "registration only with group=newcomers"}
	}
	if m == MeasureCohorts && d.Anchor != AnchorJoin {
		return &ParamError{"anchor", string(d.Anchor), "join: the rows are the months in which participants joined"}
	}
	return nil
}

// Canonical is a stable text of all parameters that apply to the measure, alone
// or in a comparison, for cache keys: different figures have different texts.
func (d Definition) Canonical(m Measure) string {
	names := append(DefinitionParams(m), "anchor", "group")
	var b strings.Builder
	for _, p := range parameters {
		if !slices.Contains(names, p.name) || strings.HasPrefix(p.name, "survival_") && d.Preset != SurvivalPreset {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.get(&d))
	}
	return b.String()
}
