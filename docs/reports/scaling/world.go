package main

// World is how much there is to do. All numbers are means or sums.
type World struct {
	Name      string
	Campaigns float64 // that begin in a year
	Years     float64 // since the first that is tracked
	People    float64 // in a campaign
	Persons   float64 // different ones in all campaigns
	Wikis     float64 // on which one person has edits
	Spread    float64 // wikis on which some person of a campaign has edits
	Edits     float64 // that are stored: from 180 days before a person's first campaign on
	Views     float64 // charts asked for in a second of the busiest hour
}

// Tracked is the campaigns that are tracked.
func (w World) Tracked() float64 { return w.Campaigns * w.Years }

// lively is how many days a campaign is refreshed daily: thirty of itself, and until
// 30 days after the mark of twelve months.
const lively = 30 + 12*30 + 30.0

// Refreshes is the campaigns that are refreshed in a day: daily at first, then
// every 30 days.
func (w World) Refreshes() float64 {
	daily := min(w.Tracked(), w.Campaigns*lively/365)
	return daily + (w.Tracked()-daily)/30
}

// batches is the requests for contributions of one campaign without those for
// more pages: each wiki has at least one.
func (w World) batches() float64 {
	if each := w.People * w.Wikis / w.Spread; each > batch {
		return w.Spread * (each/batch + .5) // the last is half full
	}
	return w.Spread
}

// list is the requests for a campaign's event and list.
func (w World) list() float64 { return 1 + w.People/listPage + .5 }

// Again is the requests of one later refresh, if no other campaign has read the
// same people that day.
func (w World) Again() float64 { return w.list() + w.batches() }

// pages is how many requests so many rows take that come in as many batches, each
// of which is asked for at least once.
func pages(rows, batches float64) float64 {
	return batches * max(1, rows/batches/contributionPage+.5) // the last is half full
}

// First is the requests of reading a campaign for the first time.
func (w World) First() float64 {
	return w.list() + w.People/accountPage + .5 + pages(w.EditsOfCampaign(), w.batches())
}

// EditsOfCampaign is the edits of a campaign's people.
func (w World) EditsOfCampaign() float64 { return w.Edits / w.Persons * w.People }

// Requests is what is asked of wikis in a day.
func (w World) Requests() float64 { return w.Refreshes() * w.Again() }

// Backlog is the requests of reading everything for the first time; a person of
// several campaigns is read once.
func (w World) Backlog() float64 {
	return w.Tracked()*w.list() + w.Persons/accountPage + pages(w.Edits, w.Tracked()*w.batches())
}

// SQLite and MariaDB are bytes on disk.
func (w World) SQLite() float64 {
	return sqliteNew + w.Tracked()*sqliteCampaign + w.Persons*sqlitePerson + w.Edits*sqliteEdit
}

func (w World) MariaDB() float64 {
	return mariadbNew + w.Tracked()*mariadbCampaign + w.Persons*mariadbPerson + w.Edits*mariadbEdit
}

// Cohort is the bytes in memory of one campaign that somebody looks at.
func (w World) Cohort() float64 { return w.People*cohortPerson + w.EditsOfCampaign()*cohortEdit }

// Cold is the processor seconds of a chart of a campaign that nobody looked at
// since it was refreshed.
func (w World) Cold() float64 { return w.EditsOfCampaign()*loadCPU + drawCPU }

// times is a world with f times the campaigns, people and edits.
func (w World) times(f float64) World {
	w.Campaigns, w.Persons, w.Edits, w.Views = w.Campaigns*f, w.Persons*f, w.Edits*f, w.Views*f
	return w
}
