package web

import (
	"strconv"
	"strings"

	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

// dates is a campaign's first and last day.
func dates(b base, c retention.Campaign) string {
	first, last := i18n.Date(c.Start), i18n.Date(c.End)
	if b.loc.String(first) == b.loc.String(last) {
		return b.loc.String(first)
	}
	return b.T("web-dates", first, last)
}

// definitionWords is a definition of the retention curve in plain sentences.
func definitionWords(b base, d retention.Definition) []string {
	var out []string
	say := func(key string, args ...any) { out = append(out, b.T(key, args...)) }
	if d.Preset != "" {
		say("web-def-preset", i18n.Text(string(d.Preset)))
	} else {
		say("web-def-population-" + string(d.Population))
		say("web-def-anchor-" + string(d.Anchor))
		say("web-def-mode-"+string(d.Mode), i18n.Int(d.Threshold))
	}
	switch d.Wikis.Kind {
	case "list":
		say("web-def-wikis-list", i18n.Text(strings.Join(d.Wikis.Names, ", ")))
	default:
		say("web-def-wikis-" + d.Wikis.Kind)
	}
	switch d.Namespaces.Kind {
	case "content":
		say("web-def-namespaces-content")
	case "list":
		numbers := make([]string, len(d.Namespaces.Numbers))
		for i, n := range d.Namespaces.Numbers {
			numbers[i] = strconv.Itoa(n)
		}
		say("web-def-namespaces-list", i18n.Text(strings.Join(numbers, ", ")))
	}
	say("web-def-reverted-" + string(d.Reverted))
	if d.LaterCampaigns == retention.Exclude {
		say("web-def-later")
	}
	if d.Preset == "" {
		say("web-def-newcomer", i18n.Int(d.NewcomerDays))
	}
	say("web-def-interval")
	return out
}

// coverageWords says whom the figures include and whom they leave out.
func coverageWords(b base, c retention.Coverage) []string {
	out := []string{b.T("web-cov-measured", i18n.Int(c.Participants), i18n.Int(c.Measured))}
	say := func(n int, key string) {
		if n > 0 {
			out = append(out, b.T(key, i18n.Int(n)))
		}
	}
	if c.Active > 0 {
		say(c.Active, "web-cov-active")
	}
	say(c.Hidden, "web-cov-hidden")
	say(c.NotFound, "web-cov-not-found")
	say(c.Bots, "web-cov-bots")
	out = append(out, b.T("web-cov-private"), b.T("web-cov-deleted"))
	if n := len(c.Wikis); n > 0 {
		out = append(out, b.T("web-cov-wikis", i18n.Int(n), i18n.Text(some(b, c.Wikis))))
	}
	if n := len(c.WikisFailed); n > 0 {
		out = append(out, b.T("web-cov-failed", i18n.Int(n), i18n.Text(some(b, c.WikisFailed))))
	}
	return out
}

// some lists the first names of a list.
func some(b base, names []string) string {
	const most = 12
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", " + b.T("chart-others", i18n.Int(len(names)-most))
}

// publicCoverage is a campaign's coverage as it may be shown: where too few were
// measured, how many of them were active is not said, as in the figures.
func publicCoverage(c store.Campaign, minCell int) retention.Coverage {
	cov := c.Coverage
	if cov.Measured > 0 && cov.Measured < minCell {
		cov.Active = retention.NotShown
	}
	return cov
}
