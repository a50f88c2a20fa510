package retention

import (
	"encoding/json"
)

// MarshalJSON is the shape of the HTTP API.
func (r *Intensity) MarshalJSON() ([]byte, error) {
	type point struct {
		Month  int                     `json:"month"`
		AtRisk int                     `json:"at_risk"`
		Counts *[IntensityBins]int     `json:"counts"`
		Shares *[IntensityBins]float64 `json:"shares"`
		Status Status                  `json:"status"`
	}
	points := make([]point, len(r.Points))
	for i, p := range r.Points {
		points[i] = point{p.Month, p.AtRisk, known(p.Counts, p.Status.Known()), known(p.Shares, p.Status.Known()), p.Status}
	}
	return json.Marshal(struct {
		headJSON
		People int      `json:"people"`
		Bins   []string `json:"bins"`
		Points []point  `json:"points"`
	}{r.json(), r.People, intensityLabels(), points})
}

// intensityLabels names the bins, in order.
func intensityLabels() []string { return []string{"0", "1-4", "5-99", "100+"} }

// MarshalJSON is the shape of the HTTP API.
func (r *Activity) MarshalJSON() ([]byte, error) {
	type point struct {
		Period
		AtRisk int      `json:"at_risk"`
		Active *int     `json:"active"`
		Rate   *float64 `json:"rate"`
		Low    *float64 `json:"low"`
		High   *float64 `json:"high"`
		Status Status   `json:"status"`
	}
	points := make([]point, len(r.Points))
	for i, p := range r.Points {
		is := p.Status.Known()
		points[i] = point{p.utc(), p.AtRisk, known(p.Active, is), known(p.Rate, is), known(p.Low, is), known(p.High, is), p.Status}
	}
	return json.Marshal(struct {
		headJSON
		People int     `json:"people"`
		Points []point `json:"points"`
	}{r.json(), r.People, points})
}

func (p Period) utc() Period {
	p.Start, p.End = seconds(p.Start), seconds(p.End)
	return p
}

// MarshalJSON is the shape of the HTTP API.
func (r *Lifecycle) MarshalJSON() ([]byte, error) {
	type point struct {
		Period
		AtRisk     int    `json:"at_risk"`
		New        *int   `json:"new"`
		Continuing *int   `json:"continuing"`
		Returning  *int   `json:"returning"`
		Lapsed     *int   `json:"lapsed"`
		Status     Status `json:"status"`
	}
	points := make([]point, len(r.Points))
	for i, p := range r.Points {
		is := p.Status.Known()
		points[i] = point{p.utc(), p.AtRisk, known(p.New, is), known(p.Continuing, is), known(p.Returning, is), known(p.Lapsed, is), p.Status}
	}
	return json.Marshal(struct {
		headJSON
		People int     `json:"people"`
		Points []point `json:"points"`
	}{r.json(), r.People, points})
}
