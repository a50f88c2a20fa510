package retention

import (
	"encoding/json"
	"time"
)

// differenceJSON is the difference of two rates.
type differenceJSON struct {
	A      string   `json:"a,omitempty"` // in a comparison: its sides
	B      string   `json:"b,omitempty"`
	Month  *int     `json:"month"`
	Value  *float64 `json:"value"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
	Status Status   `json:"status"`
}

func (d Difference) json(a, b string) differenceJSON {
	is := d.Status.Known()
	return differenceJSON{a, b, known(d.Month, d.Month != 0), known(d.Value, is), known(d.Low, is), known(d.High, is), d.Status}
}

// logRankJSON is a test.
type logRankJSON struct {
	ChiSquared float64 `json:"chi_squared"`
	DF         int     `json:"df"`
	P          float64 `json:"p"`
}

func (l *LogRank) json() *logRankJSON {
	if l == nil {
		return nil
	}
	return &logRankJSON{l.ChiSquared, l.DF, l.P}
}

// sideJSON is one side of a comparison.
type sideJSON struct {
	Side     string      `json:"side"`
	Campaign Campaign    `json:"campaign"`
	Group    Group       `json:"group"`
	People   int         `json:"people"`
	Coverage Coverage    `json:"coverage"`
	LeftOut  leftOutJSON `json:"left_out"`
	// Status and Median are of survival.
	Status Status        `json:"status,omitempty"`
	Median *quantileJSON `json:"median,omitempty"`
}

// pairJSON is how two sides compare.
type pairJSON struct {
	A       string       `json:"a"`
	B       string       `json:"b"`
	Shared  int          `json:"shared"`
	Tested  bool         `json:"tested"`
	LogRank *logRankJSON `json:"log_rank,omitempty"`
}

// Side names one side of the comparison: the campaign's id, or in a comparison
// of groups the group. i is an index into Curves or Survivals.
func (r *Comparison) Side(i int) string {
	h, g := r.side(i)
	if other, _ := r.side((i + 1) % r.sides()); other.Campaign.ID == h.Campaign.ID {
		return string(g)
	}
	return h.Campaign.ID
}

func (r *Comparison) sides() int { return max(len(r.Curves), len(r.Survivals)) }

func (r *Comparison) side(i int) (Head, Group) {
	if len(r.Survivals) > 0 {
		return r.Survivals[i].Head, r.Survivals[i].Group
	}
	return r.Curves[i].Head, r.Curves[i].Group
}

// MarshalJSON is the shape of the HTTP API: points of all sides in one list,
// each with its side under "campaign".
func (r *Comparison) MarshalJSON() ([]byte, error) {
	sides := make([]sideJSON, r.sides())
	for i := range sides {
		h, g := r.side(i)
		j := h.json()
		sides[i] = sideJSON{Side: r.Side(i), Campaign: j.Campaign, Group: g, Coverage: j.Coverage, LeftOut: j.LeftOut}
	}
	var points any
	if r.Measure == MeasureSurvival {
		all := []survivalPointJSON{}
		for i, s := range r.Survivals {
			sides[i].People, sides[i].Status = s.People, s.Status
			sides[i].LeftOut.Gap = &s.LeftOut
			sides[i].Median = known(quantileJSON(s.Median), true)
			all = append(all, s.points(r.Side(i))...)
		}
		points = all
	} else {
		all := []pointJSON{}
		for i, c := range r.Curves {
			sides[i].People = c.People
			for _, p := range pointsJSON(c.Points) {
				p.Campaign = r.Side(i)
				all = append(all, p)
			}
		}
		points = all
	}
	var rows []rowJSON
	if r.Measure == MeasureCohorts {
		rows, _ = rowsJSON(r.Rows)
	}
	pairs, differences := []pairJSON{}, []differenceJSON{}
	for _, p := range r.Pairs {
		a, b := r.Side(p.A), r.Side(p.B)
		pairs = append(pairs, pairJSON{a, b, p.Shared, p.Tested, p.LogRank.json()})
		for _, d := range p.Differences {
			differences = append(differences, d.json(a, b))
		}
	}
	return json.Marshal(struct {
		Campaigns   []sideJSON       `json:"campaigns"`
		Measure     Measure          `json:"measure"`
		Definition  definitionJSON   `json:"definition"`
		AsOf        time.Time        `json:"as_of"`
		MinCell     int              `json:"min_cell"`
		Points      any              `json:"points"`
		Rows        []rowJSON        `json:"rows,omitempty"`
		Pairs       []pairJSON       `json:"pairs"`
		Differences []differenceJSON `json:"differences"`
		LogRank     *logRankJSON     `json:"log_rank"`
	}{sides, r.Measure, r.Definition.json(compareAs(r.Measure)), seconds(r.AsOf), r.MinCell, points, rows, pairs, differences, r.LogRank.json()})
}

// MarshalJSON is the shape of the HTTP API, with campaigns for campaign.
func (r *RollUp) MarshalJSON() ([]byte, error) {
	h := r.json()
	h.LeftOut.TooFew = &r.TooFew
	campaigns := make([]Campaign, len(r.Campaigns))
	for i, c := range r.Campaigns {
		campaigns[i] = c.utc()
	}
	return json.Marshal(struct {
		Campaigns     []Campaign     `json:"campaigns"`
		Definition    definitionJSON `json:"definition"`
		AsOf          time.Time      `json:"as_of"`
		Coverage      Coverage       `json:"coverage"`
		MinCell       int            `json:"min_cell"`
		LeftOut       leftOutJSON    `json:"left_out"`
		Registrations int            `json:"registrations"`
		People        int            `json:"people"`
		Points        []pointJSON    `json:"points"`
	}{campaigns, h.Definition, h.AsOf, h.Coverage, h.MinCell, h.LeftOut, r.Registrations, r.People, pointsJSON(r.Points)})
}

// baselineJSON is a baseline in the shape of the HTTP API.
type baselineJSON struct {
	headJSON
	Matched     int              `json:"matched"`
	Unmatched   int              `json:"unmatched"`
	Controls    int              `json:"controls"`
	Points      []pointJSON      `json:"points"`
	Differences []differenceJSON `json:"differences"`
}

// MarshalJSON is the shape of the HTTP API. A control point's rate is weighted,
// so it is not its retained over its at_risk.
func (b *Baseline) MarshalJSON() ([]byte, error) {
	j := baselineJSON{
		headJSON: b.json(), Matched: b.Matched, Unmatched: b.Unmatched, Controls: b.Controls,
		Points: seriesJSON(b.Participants, b.Control), Differences: []differenceJSON{},
	}
	for _, d := range b.Differences {
		j.Differences = append(j.Differences, d.json("", ""))
	}
	return json.Marshal(j)
}
