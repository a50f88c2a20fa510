package retention

import (
	"encoding/json"
	"slices"
	"time"
)

// monthDays is the length of a month, in days, as every definition says.
const monthDays = 30

// definitionJSON is a definition as the API echoes it: the parameters that
// apply to the measure, nil being those that do not.
type definitionJSON struct {
	Anchor         *Anchor         `json:"anchor,omitempty"`
	MonthDays      int             `json:"month_days"`
	Mode           *Mode           `json:"mode,omitempty"`
	Threshold      *int            `json:"threshold,omitempty"`
	Group          *Group          `json:"group,omitempty"`
	Wikis          *Wikis          `json:"wikis,omitempty"`
	Population     *Population     `json:"population,omitempty"`
	Months         *int            `json:"months,omitempty"`
	Namespaces     *Namespaces     `json:"namespaces,omitempty"`
	Reverted       *Inclusion      `json:"reverted,omitempty"`
	LaterCampaigns *Inclusion      `json:"later_campaigns,omitempty"`
	NewcomerDays   *int            `json:"newcomer_days,omitempty"`
	Gap            *int            `json:"gap,omitempty"`
	Preset         json.RawMessage `json:"preset,omitempty"` // null is no preset
	SurvivalN      *int            `json:"survival_n,omitempty"`
	SurvivalT      *int            `json:"survival_t,omitempty"`
	SurvivalS      *int            `json:"survival_s,omitempty"`
}

// json is d as the measure echoes it.
func (d Definition) json(m Measure) definitionJSON {
	names := DefinitionParams(m)
	switch m {
	case MeasureBaseline: // it takes no parameters, but has them
		names = append(DefinitionParams(measureMarksOfOne), "group")
	case MeasureRollUp:
		names = append(names, "anchor")
	}
	out := definitionJSON{MonthDays: monthDays}
	keep := func(name string) bool { return slices.Contains(names, name) }
	set(keep("anchor"), &out.Anchor, d.Anchor)
	set(keep("mode"), &out.Mode, d.Mode)
	set(keep("threshold"), &out.Threshold, d.Threshold)
	set(keep("group"), &out.Group, d.Group)
	set(keep("wikis"), &out.Wikis, d.Wikis)
	set(keep("population"), &out.Population, d.Population)
	set(keep("months") && !d.rule().single(), &out.Months, d.Months)
	set(keep("namespaces"), &out.Namespaces, d.Namespaces)
	set(keep("reverted"), &out.Reverted, d.Reverted)
	set(keep("later_campaigns"), &out.LaterCampaigns, d.LaterCampaigns)
	set(keep("newcomer_days"), &out.NewcomerDays, d.NewcomerDays)
	set(keep("gap"), &out.Gap, d.Gap)
	if keep("preset") {
		out.Preset = json.RawMessage("null")
		if d.Preset != "" {
			out.Preset = json.RawMessage(`"` + string(d.Preset) + `"`)
		}
		survival := d.Preset == SurvivalPreset
		set(survival, &out.SurvivalN, d.SurvivalN)
		set(survival, &out.SurvivalT, d.SurvivalT)
		set(survival, &out.SurvivalS, d.SurvivalS)
	}
	return out
}

// single reports whether the preset has a window of its own instead of months.
func (r presetRule) single() bool { return r.window != Window{} }

func set[T any](keep bool, field **T, v T) {
	if keep {
		*field = &v
	}
}

// known is v, or nil (null) where it has no meaning.
func known[T any](v T, is bool) *T {
	if !is {
		return nil
	}
	return &v
}

// MarshalJSON is all, campaign, home, or a list of database names.
func (w Wikis) MarshalJSON() ([]byte, error) {
	if w.Kind == "list" {
		return json.Marshal(w.Names)
	}
	return json.Marshal(w.Kind)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (w *Wikis) UnmarshalJSON(b []byte) error {
	*w = Wikis{}
	if len(b) > 0 && b[0] == '[' {
		w.Kind = "list"
		return json.Unmarshal(b, &w.Names)
	}
	return json.Unmarshal(b, &w.Kind)
}

// MarshalJSON is all, content, or a list of numbers.
func (n Namespaces) MarshalJSON() ([]byte, error) {
	if n.Kind == "list" {
		return json.Marshal(n.Numbers)
	}
	return json.Marshal(n.Kind)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Namespaces) UnmarshalJSON(b []byte) error {
	*n = Namespaces{}
	if len(b) > 0 && b[0] == '[' {
		n.Kind = "list"
		return json.Unmarshal(b, &n.Numbers)
	}
	return json.Unmarshal(b, &n.Kind)
}

// coverageJSON is Coverage with null where the number of active participants
// is not shown.
type coverageJSON struct {
	Participants int      `json:"participants"`
	Measured     int      `json:"measured"`
	Active       *int     `json:"active"`
	Hidden       int      `json:"hidden"`
	NotFound     int      `json:"not_found"`
	Bots         int      `json:"bots"`
	Private      *int     `json:"private"`
	Wikis        []string `json:"wikis"`
	WikisFailed  []string `json:"wikis_failed"`
}

// MarshalJSON writes null for what is not shown, and lists that are never null.
func (c Coverage) MarshalJSON() ([]byte, error) {
	list := func(l []string) []string {
		if l == nil {
			return []string{}
		}
		return l
	}
	return json.Marshal(coverageJSON{
		c.Participants, c.Measured, known(c.Active, c.Active != NotShown), c.Hidden, c.NotFound, c.Bots, c.Private,
		list(c.Wikis), list(c.WikisFailed),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Coverage) UnmarshalJSON(b []byte) error {
	var j coverageJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*c = Coverage{j.Participants, j.Measured, NotShown, j.Hidden, j.NotFound, j.Bots, j.Private, j.Wikis, j.WikisFailed}
	take(&c.Active, j.Active)
	return nil
}

// headJSON is what every answer about one campaign begins with.
type headJSON struct {
	Campaign   Campaign       `json:"campaign"`
	Definition definitionJSON `json:"definition"`
	AsOf       time.Time      `json:"as_of"`
	Coverage   Coverage       `json:"coverage"`
	MinCell    int            `json:"min_cell"`
	LeftOut    leftOutJSON    `json:"left_out"`
}

// leftOutJSON is the participants measured but in no figure, by why.
type leftOutJSON struct {
	UnknownAnchor   int `json:"unknown_anchor"`
	UnknownHomeWiki int `json:"unknown_home_wiki"`
	// Gap is of survival: observed for less than the gap.
	Gap *int `json:"gap,omitempty"`
	// TooFew is of a roll-up: brought by campaigns that brought too few.
	TooFew *int `json:"too_few,omitempty"`
}

func (h Head) json() headJSON {
	return headJSON{
		Campaign: h.Campaign.utc(), Definition: h.Definition.json(h.Measure), AsOf: seconds(h.AsOf), Coverage: h.Coverage,
		MinCell: h.MinCell, LeftOut: leftOutJSON{UnknownAnchor: h.Unknown.Anchor, UnknownHomeWiki: h.Unknown.HomeWiki},
	}
}

// seconds is t in UTC to the second, as all answers write times.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func (c Campaign) utc() Campaign {
	c.Start, c.End = seconds(c.Start), seconds(c.End)
	return c
}

// pointJSON is a point of a retention curve.
type pointJSON struct {
	Campaign string      `json:"campaign,omitempty"` // in a comparison
	Row      string      `json:"row,omitempty"`      // in a heatmap
	Group    Group       `json:"group,omitempty"`    // where there are several
	Month    *int        `json:"month"`
	Window   *windowJSON `json:"window,omitempty"` // where there is no month
	AtRisk   int         `json:"at_risk"`
	Retained *int        `json:"retained"`
	Rate     *float64    `json:"rate"`
	Low      *float64    `json:"low"`
	High     *float64    `json:"high"`
	Status   Status      `json:"status"`
}

// windowJSON is in seconds from the anchor; to is null until the data's end.
type windowJSON struct {
	From int64  `json:"from"`
	To   *int64 `json:"to"`
}

func (p Point) json() pointJSON {
	is := p.Status.Known()
	out := pointJSON{
		Month: known(p.Month, p.Month != 0), AtRisk: p.AtRisk, Retained: known(p.Retained, is),
		Rate: known(p.Rate, is), Low: known(p.Low, is), High: known(p.High, is), Status: p.Status,
	}
	if p.Month == 0 {
		out.Window = &windowJSON{p.Window.From, known(p.Window.To, p.Window.To != untilData)}
	}
	return out
}

func pointsJSON(points []Point) []pointJSON {
	out := make([]pointJSON, len(points))
	for i, p := range points {
		out[i] = p.json()
	}
	return out
}

// seriesJSON is the points of several groups in one list, with their group.
func seriesJSON(series ...Series) []pointJSON {
	out := []pointJSON{}
	for _, s := range series {
		for _, p := range s.Points {
			j := p.json()
			j.Group = s.Group
			out = append(out, j)
		}
	}
	return out
}

// groupJSON is the points of one group.
type groupJSON struct {
	Group  Group       `json:"group"`
	People int         `json:"people"`
	Points []pointJSON `json:"points,omitempty"`
}

func groupsJSON(points bool, series ...Series) []groupJSON {
	out := make([]groupJSON, len(series))
	for i, s := range series {
		out[i] = groupJSON{Group: s.Group, People: s.People}
		if points {
			out[i].Points = pointsJSON(s.Points)
		}
	}
	return out
}

// MarshalJSON is the shape of the HTTP API.
func (r *Curve) MarshalJSON() ([]byte, error) {
	var groups []groupJSON
	if r.Groups != nil {
		groups = groupsJSON(true, r.Groups...)
	}
	return json.Marshal(struct {
		headJSON
		People int         `json:"people"`
		Points []pointJSON `json:"points"`
		Groups []groupJSON `json:"groups,omitempty"`
	}{r.json(), r.People, pointsJSON(r.Points), groups})
}

// MarshalJSON is the shape of the HTTP API.
func (r *Marks) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		headJSON
		Groups []groupJSON `json:"groups"`
		Points []pointJSON `json:"points"`
	}{r.json(), groupsJSON(false, r.Groups...), seriesJSON(r.Groups...)})
}

// survivalPointJSON is a step of a survival curve.
type survivalPointJSON struct {
	Campaign string   `json:"campaign,omitempty"` // in a comparison
	Week     int      `json:"week"`
	AtRisk   int      `json:"at_risk"`
	Events   int      `json:"events"`
	Censored int      `json:"censored"`
	Survival float64  `json:"survival"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
}

func (s *Survival) points(campaign string) []survivalPointJSON {
	out := make([]survivalPointJSON, len(s.Points))
	for i, p := range s.Points {
		out[i] = survivalPointJSON{campaign, p.Week, p.AtRisk, p.Events, p.Censored, p.Survival, known(p.Low, p.HasInterval), known(p.High, p.HasInterval)}
	}
	return out
}

// quantileJSON is a number of weeks with its interval.
type quantileJSON struct {
	Weeks *float64 `json:"weeks"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// MarshalJSON is the shape of the HTTP API.
func (s *Survival) MarshalJSON() ([]byte, error) {
	h := s.json()
	h.LeftOut.Gap = &s.LeftOut
	return json.Marshal(struct {
		headJSON
		People int                 `json:"people"`
		Status Status              `json:"status"`
		Median quantileJSON        `json:"median"`
		Points []survivalPointJSON `json:"points"`
	}{h, s.People, s.Status, quantileJSON(s.Median), s.points("")})
}

// rowJSON is a row of a heatmap.
type rowJSON struct {
	Key    string      `json:"key"`
	Title  string      `json:"title,omitempty"`
	People int         `json:"people"`
	Points []pointJSON `json:"points,omitempty"`
}

// rowsJSON is the rows without their points, and the points with their rows.
func rowsJSON(rows []CohortRow) (heads []rowJSON, points []pointJSON) {
	heads, points = []rowJSON{}, []pointJSON{}
	for _, r := range rows {
		heads = append(heads, rowJSON{Key: r.Key, Title: r.Title, People: r.People})
		for _, p := range pointsJSON(r.Points) {
			p.Row = r.Key
			points = append(points, p)
		}
	}
	return heads, points
}

// MarshalJSON is the shape of the HTTP API.
func (r *Cohorts) MarshalJSON() ([]byte, error) {
	rows, points := rowsJSON(r.Rows)
	return json.Marshal(struct {
		headJSON
		Rows   []rowJSON   `json:"rows"`
		Points []pointJSON `json:"points"`
		Total  rowJSON     `json:"total"`
	}{r.json(), rows, points, rowJSON{Key: r.Total.Key, People: r.Total.People, Points: pointsJSON(r.Total.Points)}})
}
