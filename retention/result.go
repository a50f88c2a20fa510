package retention

import (
	"encoding/json"
	"time"
)

// Result is the figures of one measure. *Curve, *Marks, *Survival, *Cohorts,
// *Intensity, *Activity, *Lifecycle, *Baseline, *Comparison and *RollUp
// implement it.
type Result interface {
	json.Marshaler
	// Table returns a header and rows, for CSV and HTML tables.
	Table() [][]string
}

// Measure names a kind of result, and the chart that shows it.
type Measure string

// Measures. The roll-up takes several cohorts and has a function of its own, and
// so has the comparison, which compares by one of the others.
const (
	MeasureRetention Measure = "retention"
	MeasureMarks     Measure = "marks"
	MeasureSurvival  Measure = "survival"
	MeasureCohorts   Measure = "cohorts"
	MeasureIntensity Measure = "intensity"
	MeasureActivity  Measure = "activity"
	MeasureLifecycle Measure = "lifecycle"
	MeasureBaseline  Measure = "baseline"
	MeasureRollUp    Measure = "rollup"
)

// Status says how much a figure can be trusted.
type Status string

// Statuses.
const (
	Final       Status = "final"
	Provisional Status = "provisional" // may still change: reverts and late edits
	Open        Status = "open"        // nobody's month has closed: the rate is unknown
	Suppressed  Status = "suppressed"  // too few people to show
	Empty       Status = "empty"       // the group has nobody
)

// Known reports whether figures of that status have a value.
func (s Status) Known() bool { return s == Final || s == Provisional }

// Head is what every result carries: of what, by which definition, as of when,
// covering whom.
type Head struct {
	Measure    Measure
	Campaign   Campaign
	Definition Definition
	AsOf       time.Time
	Coverage   Coverage
	MinCell    int // points with fewer people at risk are suppressed
	Unknown    Unknown
}

// Unknown counts the participants that a figure leaves out because what its
// definition needs is not known of them.
type Unknown struct {
	Anchor   int // anchor unknown, or before the first edits that were read
	HomeWiki int // home wiki unknown, with wikis=home
}

// Window is a half-open interval in seconds from the anchor. To is -1 where it
// lasts until the data's end.
type Window struct{ From, To int64 }

// Point is a rate with its interval. Retained, Rate, Low and High have a
// meaning only where Status.Known(); elsewhere they are 0 in Go and null in JSON.
type Point struct {
	Month    int // 1, 2, …; 0 for a preset without months (null in JSON)
	Window   Window
	AtRisk   int
	Retained int
	Rate     float64 // 0 … 1
	Low      float64 // 95 % Wilson score interval
	High     float64
	Status   Status
}

// Series is the points of one group.
type Series struct {
	Group  Group
	People int // members of the group that were measured (after the population rule)
	Points []Point
}

// Curve is the retention curve: Points for the definition's group, for months
// 1 … Definition.Months (or a preset's). With group "all" and no preset,
// Groups splits them into newcomers and experienced.
type Curve struct {
	Head
	Series
	Groups []Series
}

// Marks is the rates at months 1, 3, 6 and 12, newcomers and experienced side by side,
// then all.
type Marks struct {
	Head
	Groups []Series
}

// SurvivalPoint is one step of a Kaplan–Meier curve.
type SurvivalPoint struct {
	Week        int // whole weeks from the anchor
	AtRisk      int
	Events      int
	Censored    int
	Survival    float64
	Low, High   float64 // log-log 95 %
	HasInterval bool    // false where the limits do not exist (S = 1 or S = 0)
}

// Quantile is a number of weeks with its interval; a nil part does not exist.
type Quantile struct {
	Weeks, Low, High *float64
}

// Survival is the Kaplan–Meier curve of the time to the last edit. Points is
// empty unless Status.Known().
type Survival struct {
	Head
	Group   Group
	People  int // in the curve
	LeftOut int // observed for less than the gap
	Status  Status
	Points  []SurvivalPoint
	Median  Quantile
}

// CohortRow is one row of the cohorts heatmap: a join month or a campaign.
type CohortRow struct {
	Key    string // "2025-01", or a campaign's id
	Title  string // empty for a month, the campaign's title otherwise
	People int
	Points []Point
}

// Cohorts is a heatmap of rates: rows are cohorts in time order, columns months;
// Total is all rows together.
type Cohorts struct {
	Head
	Rows  []CohortRow
	Total CohortRow
}

// IntensityBins is the number of bins: 0, 1–4, 5–99 and 100+ qualifying edits in
// a month.
const IntensityBins = 4

// IntensityPoint is one month's distribution of participants by edits.
type IntensityPoint struct {
	Month  int
	AtRisk int
	Counts [IntensityBins]int
	Shares [IntensityBins]float64 // of AtRisk
	Status Status
}

// Intensity is the distribution by month.
type Intensity struct {
	Head
	Group  Group
	People int
	Points []IntensityPoint
}

// Period is a stretch of time relative to the campaign.
type Period struct {
	// Phase is "before", "during" or "after".
	Phase string `json:"phase"`
	// Number is -6 … -1 before (30-day periods up to the start), 0 during,
	// 1 … 12 after (30-day periods from the end).
	Number int       `json:"number"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
}

// ActivityPoint is the share of participants active in a period.
type ActivityPoint struct {
	Period
	AtRisk    int
	Active    int
	Rate      float64
	Low, High float64
	Status    Status
}

// Activity is the shares before, during and after the campaign.
type Activity struct {
	Head
	Group  Group
	People int
	Points []ActivityPoint
}

// LifecyclePoint counts participants of a period: New, Continuing and Returning
// are active in it, Lapsed were in the period before.
type LifecyclePoint struct {
	Period
	AtRisk                             int
	New, Continuing, Returning, Lapsed int
	Status                             Status
}

// Lifecycle is the counts by period.
type Lifecycle struct {
	Head
	Group  Group
	People int
	Points []LifecyclePoint
}

// Difference is of two rates, A − B, with Newcombe's hybrid-score interval.
// Value, Low and High have a meaning only where Status.Known().
type Difference struct {
	Month     int
	Value     float64 // −1 … 1
	Low, High float64
	Status    Status
}

// LogRank is the test that survival curves are the same.
type LogRank struct {
	ChiSquared float64
	DF         int
	P          float64
}

// Pair compares two of the campaigns of a comparison (indices into its Curves).
type Pair struct {
	A, B   int
	Shared int // people in both
	// Tested is false where more than 5 % of the smaller group is shared: the
	// tests assume different people.
	Tested      bool
	Differences []Difference // at the marks
	LogRank     *LogRank     // nil where it cannot be computed
}

// Comparison is two to twelve campaigns beside each other, by one definition.
type Comparison struct {
	Measure    Measure // retention, marks, survival or cohorts
	Definition Definition
	AsOf       time.Time
	MinCell    int
	Curves     []*Curve
	Survivals  []*Survival
	Pairs      []Pair
	LogRank    *LogRank // over all, nil where people are shared too much
	// Rows is one row a campaign, in order of its end, for the heatmap.
	Rows []CohortRow
}

// Baseline compares newcomers with matched accounts that did not take part.
// It is a comparison, never an effect.
type Baseline struct {
	Head
	Participants Series // the matched newcomers, at the marks
	Control      Series
	Differences  []Difference
	Matched      int // newcomers with at least one control account
	Unmatched    int
	Controls     int // control accounts
}

// RollUp is several campaigns with each person counted once, anchored at the
// end of their first.
type RollUp struct {
	Curve
	Campaigns     []Campaign
	Registrations int // the sum over the campaigns
	People        int // each person once
	// TooFew is people left out of the points: those of campaigns that brought
	// fewer people, not in an earlier one, than may be shown.
	TooFew int
}
