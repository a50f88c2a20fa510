package retention

// Definition is the set of parameters of a figure. The zero value is not
// valid: start from Default. See docs/metrics.md for what each means.
type Definition struct {
	Population     Population
	Anchor         Anchor
	Mode           Mode
	Threshold      int // k, edits; 1 … 1000
	Months         int // length of the curve; 1 … 60
	Group          Group
	Wikis          Wikis
	Namespaces     Namespaces
	Reverted       Inclusion
	LaterCampaigns Inclusion
	NewcomerDays   int // 0 … 180
	Gap            int // days; 7 … 365
	Preset         Preset
	// SurvivalN, SurvivalT and SurvivalS are the parameters of the preset
	// "survival": edits, days, days (0: until the data's end).
	SurvivalN, SurvivalT, SurvivalS int
}

// Population says who is counted.
type Population string

// Populations.
const (
	Registered Population = "registered" // everyone who signed up
	Active     Population = "active"     // with a qualifying edit in [start, end)
)

// Anchor is the instant from which a participant's time is counted.
type Anchor string

// Anchors.
const (
	AnchorEnd          Anchor = "end"
	AnchorStart        Anchor = "start"
	AnchorJoin         Anchor = "join"
	AnchorRegistration Anchor = "registration"
)

// Mode says which edits make a participant retained in month m.
type Mode string

// Modes.
const (
	Bracket    Mode = "bracket"    // ≥ k edits in month m
	Unbounded  Mode = "unbounded"  // ≥ k edits from the start of month m on
	Cumulative Mode = "cumulative" // ≥ k edits from the anchor to the end of month m
)

// Group is a part of the participants.
type Group string

// Groups.
const (
	All         Group = "all"
	Newcomers   Group = "newcomers"
	Experienced Group = "experienced"
	FirstTime   Group = "first-time"
	Repeat      Group = "repeat"
)

// Inclusion is include or exclude.
type Inclusion string

// Inclusions.
const (
	Include Inclusion = "include"
	Exclude Inclusion = "exclude"
)

// Wikis says whose edits qualify: "all", "campaign", "home", or "list" with
// database names in Names.
type Wikis struct {
	Kind  string
	Names []string
}

// Namespaces says which edits qualify: "all", "content", or "list" with
// namespace numbers in Numbers.
type Namespaces struct {
	Kind    string
	Numbers []int
}

// Preset names a published definition; empty is none.
type Preset string

// Presets.
const (
	WMFNewEditor       Preset = "wmf-new-editor"
	SurvivingNewEditor Preset = "surviving-new-editor"
	SurvivalPreset     Preset = "survival"
	Growth             Preset = "growth"
	EventMetrics       Preset = "event-metrics"
	Dashboard          Preset = "dashboard"
	ProgramEvaluation  Preset = "program-evaluation"
	ActiveEditor       Preset = "active-editor"
)

// Default returns the definition that a figure has unless asked otherwise.
func Default() Definition {
	return Definition{
		Population: Registered, Anchor: AnchorEnd, Mode: Bracket, Threshold: 1, Months: 12,
		Group: All, Wikis: Wikis{Kind: "all"}, Namespaces: Namespaces{Kind: "all"},
		Reverted: Include, LaterCampaigns: Include, NewcomerDays: 14, Gap: 60,
		SurvivalN: 1, SurvivalT: 30, SurvivalS: 30,
	}
}
