package retention_test

import (
	"slices"

	"afterglow/retention"
)

// reference computes figures from the wording of docs/metrics.md, edit by edit,
// without an index, a search or a shortcut. It shares no code with the package.
type reference struct {
	campaign retention.Campaign
	people   []person
	d        retention.Definition
	tau      int64
}

func (r reference) start() int64 { return r.campaign.Start.Unix() }
func (r reference) end() int64   { return r.campaign.End.Unix() }

// qualifying is the times of the person's edits that count.
func (r reference) qualifying(p person) []int64 {
	var out []int64
	for _, e := range p.edits {
		wiki := e.wiki
		if wiki == "" {
			wiki = "testwiki"
		}
		content := map[string][]int32{"testwiki": {0}, "otherwiki": {0, 100}}[wiki]
		ok := e.t < r.tau && e.t >= r.start()-180*day
		switch r.d.Wikis.Kind {
		case "campaign":
			ok = ok && wiki == "testwiki"
		case "home":
			ok = ok && wiki == p.HomeWiki
		case "list":
			ok = ok && slices.Contains(r.d.Wikis.Names, wiki)
		}
		switch r.d.Namespaces.Kind {
		case "content":
			ok = ok && slices.Contains(content, e.ns)
		case "list":
			ok = ok && slices.Contains(r.d.Namespaces.Numbers, int(e.ns))
		}
		if r.d.Reverted == retention.Exclude {
			ok = ok && !e.reverted
		}
		if r.d.LaterCampaigns == retention.Exclude {
			for _, s := range p.Later {
				ok = ok && (e.t < s.Start || e.t >= s.End)
			}
		}
		if ok {
			out = append(out, e.t)
		}
	}
	slices.Sort(out)
	return out
}

func countIn(times []int64, from, to int64) int {
	n := 0
	for _, t := range times {
		if t >= from && t < to {
			n++
		}
	}
	return n
}

func (r reference) newcomer(p person) bool {
	return p.Registered != 0 && p.Registered >= r.start()-int64(r.d.NewcomerDays)*day && p.Registered <= r.end()
}

func (r reference) inGroup(p person, g retention.Group) bool {
	switch g {
	case retention.Newcomers:
		return r.newcomer(p)
	case retention.Experienced:
		return !r.newcomer(p)
	case retention.FirstTime:
		return !p.Repeat
	case retention.Repeat:
		return p.Repeat
	}
	return true
}

// counted is the people of a group who are counted, with their anchors.
func (r reference) counted(g retention.Group) ([]person, []int64) {
	var people []person
	var anchors []int64
	for _, p := range r.people {
		if !r.inGroup(p, g) || r.d.Wikis.Kind == "home" && p.HomeWiki == "" {
			continue
		}
		if r.d.Population == retention.Active && countIn(r.qualifying(p), r.start(), r.end()) == 0 {
			continue
		}
		anchor := map[retention.Anchor]int64{
			retention.AnchorEnd: r.end(), retention.AnchorStart: r.start(), retention.AnchorJoin: p.Joined, retention.AnchorRegistration: p.Registered,
		}[r.d.Anchor]
		if anchor == 0 || anchor < r.start()-180*day {
			continue
		}
		people, anchors = append(people, p), append(anchors, anchor)
	}
	return people, anchors
}

// refPoint is at risk, retained, and the latest instant at which a counted
// month closed.
type refPoint struct{ people, atRisk, retained, lastClosed int64 }

// point is month m of a group.
func (r reference) point(g retention.Group, m int64) refPoint {
	people, anchors := r.counted(g)
	out := refPoint{people: int64(len(people))}
	for i, p := range people {
		closes := anchors[i] + m*month
		if closes > r.tau {
			continue
		}
		out.atRisk++
		out.lastClosed = max(out.lastClosed, closes)
		from, to := anchors[i]+(m-1)*month, closes
		switch r.d.Mode {
		case retention.Unbounded:
			to = r.tau
		case retention.Cumulative:
			from = anchors[i]
		}
		if countIn(r.qualifying(p), from, to) >= r.d.Threshold {
			out.retained++
		}
	}
	return out
}

func (r reference) status(p refPoint) retention.Status {
	settle := 2 * day
	if r.d.Reverted == retention.Exclude {
		settle = 30 * day
	}
	switch {
	case p.people == 0:
		return retention.Empty
	case p.atRisk == 0:
		return retention.Open
	case r.d.Mode == retention.Unbounded || p.lastClosed > r.tau-settle:
		return retention.Provisional
	}
	return retention.Final
}

// lifetime is the weeks until a person's last edit, and whether they left.
func (r reference) lifetime(p person, anchor int64) (weeks int64, left, counted bool) {
	gap := int64(r.d.Gap) * day
	horizon := r.tau - gap - anchor
	if horizon <= 0 {
		return 0, false, false
	}
	last := anchor
	for _, t := range r.qualifying(p) {
		if t >= anchor {
			last = max(last, t)
		}
	}
	if last <= r.tau-gap {
		return (last - anchor) / (7 * day), true, true
	}
	return horizon / (7 * day), false, true
}

// presetFigure is at risk and retained of a preset's single window.
func (r reference) presetFigure(p retention.Preset) (people, atRisk, retained int) {
	for _, q := range r.people {
		times := r.qualifying(q)
		d := r
		d.d.NewcomerDays = 14
		if p == retention.Dashboard {
			d.d.NewcomerDays = 0
		}
		if !d.newcomer(q) || r.d.Wikis.Kind == "home" && q.HomeWiki == "" {
			continue
		}
		reg := q.Registered
		entered := true
		var from, to int64
		k := 1
		switch p {
		case retention.WMFNewEditor:
			entered, from, to = countIn(times, reg, reg+30*day) > 0, reg+30*day, reg+60*day
		case retention.SurvivingNewEditor:
			entered, from, to = countIn(times, reg, reg+day) > 0, reg+30*day, reg+60*day
		case retention.Growth:
			entered, from, to = countIn(times, reg, reg+day) > 0, reg+day, reg+15*day
		case retention.SurvivalPreset:
			k = r.d.SurvivalN
			from = reg + int64(r.d.SurvivalT)*day
			if to = from + int64(r.d.SurvivalS)*day; r.d.SurvivalS == 0 {
				to = 0
			}
		case retention.EventMetrics:
			from = r.end() + 7*day + 1
		case retention.Dashboard:
			from = r.end() + 7*day
		}
		if !entered {
			continue
		}
		people++
		open := to > r.tau
		if to == 0 {
			to, open = r.tau, from >= r.tau
		}
		if open {
			continue
		}
		atRisk++
		if countIn(times, from, to) >= k {
			retained++
		}
	}
	return people, atRisk, retained
}
