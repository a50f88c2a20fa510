// Scaling prints what installations of several sizes take, and what runs out first
// as they grow, from costs that were measured: docs/scaling.md has its tables.
//
//	go run ./docs/reports/scaling
//	go run ./docs/reports/scaling -campaigns 300 -people 80 -edits 4e6
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

// worlds are the sizes of docs/scaling.md.
func worlds() []World {
	return []World{
		{Name: "an affiliate", Campaigns: 30, Years: 3, People: 60, Persons: 4_000, Wikis: 2, Spread: 10, Edits: 1e6, Views: 1},
		{Name: "a large programme", Campaigns: 500, Years: 5, People: 150, Persons: 100_000, Wikis: 3, Spread: 20, Edits: 5e7, Views: 10},
		{Name: "all of Wikimedia", Campaigns: 5_000, Years: 5, People: 60, Persons: 1e6, Wikis: 3, Spread: 20, Edits: 1e9, Views: 100},
	}
}

func main() {
	all := worlds()
	own := all[len(all)-1]
	own.Name = "as asked"
	for name, f := range map[string]struct {
		value *float64
		what  string
	}{
		"campaigns": {&own.Campaigns, "campaigns that begin in a year"},
		"years":     {&own.Years, "years since the first"},
		"people":    {&own.People, "people in a campaign"},
		"persons":   {&own.Persons, "different people in all"},
		"wikis":     {&own.Wikis, "wikis on which a person has edits"},
		"spread":    {&own.Spread, "wikis on which a campaign's people have edits"},
		"edits":     {&own.Edits, "stored edits in all"},
		"views":     {&own.Views, "charts asked for in a second"},
	} {
		flag.Float64Var(f.value, name, *f.value, f.what)
	}
	flag.Parse()
	if flag.NFlag() > 0 {
		all = append(all, own)
	}
	sizes(os.Stdout, all)
	fmt.Println()
	order(os.Stdout, all[len(all)-1])
}

// sizes prints what each world takes.
func sizes(out io.Writer, all []World) {
	row := func(what string, value func(World) string) {
		fmt.Fprintf(out, "| %s |", what)
		for _, w := range all {
			fmt.Fprintf(out, " %s |", value(w))
		}
		fmt.Fprintln(out)
	}
	row("", func(w World) string { return w.Name })
	row("---", func(World) string { return "---" })
	row("campaigns a year, years", func(w World) string { return number(w.Campaigns) + ", " + number(w.Years) })
	row("people in each, different ones in all", func(w World) string { return number(w.People) + ", " + number(w.Persons) })
	row("wikis of a person, of a campaign", func(w World) string { return number(w.Wikis) + ", " + number(w.Spread) })
	row("edits", func(w World) string { return number(w.Edits) })
	row("refreshed in a day", func(w World) string { return number(w.Refreshes()) })
	row("requests of a first and a later refresh", func(w World) string { return number(w.First()) + ", " + number(w.Again()) })
	row("requests in a day", func(w World) string { return number(w.Requests()) })
	row("… at 200 a minute", func(w World) string { return duration(w.Requests() / anonymousRate * minute) })
	row("… three in flight, 100 ms each", func(w World) string { return duration(w.Requests() / flightRate * minute) })
	row("… processor", func(w World) string { return duration(w.Requests() * refreshCPU) })
	row("reading all for the first time, at 200 a minute", func(w World) string { return duration(w.Backlog() / anonymousRate * minute) })
	row("… three in flight, 100 ms each", func(w World) string { return duration(w.Backlog() / flightRate * minute) })
	row("… edits from replicas, one connection", func(w World) string { return duration(w.Edits / replicaRows) })
	row("disk, SQLite", func(w World) string { return size(w.SQLite()) })
	row("disk, MariaDB", func(w World) string { return size(w.MariaDB()) })
	row("one cohort in memory", func(w World) string { return size(w.Cohort()) })
	row("cohorts in 256 MiB, of all", func(w World) string {
		return fmt.Sprintf("%s of %s", number(min(w.Tracked(), 256*mib/w.Cohort())), number(w.Tracked()))
	})
	row("processor of a chart: cold, warm, from memory", func(w World) string {
		return duration(w.Cold()) + ", " + duration(drawCPU) + ", " + duration(memoryCPU)
	})
	row("charts a second", func(w World) string { return number(w.Views) })
}

// order prints what runs out as a world grows, the first first.
func order(out io.Writer, w World) {
	fmt.Fprintf(out, "%s, with all but the size of a campaign growing together:\n\n", w.Name)
	fmt.Fprintln(out, "| runs out | used | of | at campaigns a year | then |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, l := range byBreak(w) {
		show := func(x float64) string {
			if l.Unit == "bytes" {
				return size(x)
			}
			return number(x) + " " + l.Unit
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", l.What, show(l.Use(w)), show(l.Limit), number(l.breaks(w)*w.Campaigns), l.Then)
	}
	// A campaign's size has limits of its own.
	each := w.Edits / w.Persons
	fmt.Fprintf(out, "\nOne campaign's cohort fills `limits.cohort_cache_mb` (256) at %s people of %s edits each, and the chart's memory limit (640 MiB) at %s.\n",
		number(256*mib/(cohortPerson+each*cohortEdit)), number(each), number(560*mib/(cohortPerson+each*cohortEdit)))
	fmt.Fprintf(out, "Processes on MariaDB's %.0f connections, %.0f each: %.0f.\n", connections, connectionsEach, connections/connectionsEach-.5)
}
