// Farm serves made-up wikis for docs/reports/load.sh: six campaigns, one of
// them of 10,000 people and about 300,000 edits. It prints the address of the
// wiki that has the events, and the hosts of all, and ends with its standard
// input.
package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"afterglow/mwclient/fakewiki"
)

// spec is the farm. Dates are fixed, so that every run reads the same.
func spec() fakewiki.Spec {
	end := time.Date(2025, time.January, 31, 16, 0, 0, 0, time.UTC)
	event := func(id int64, title string, people int, edits float64) fakewiki.EventSpec {
		return fakewiki.EventSpec{
			ID: id, Title: title, Start: end.AddDate(0, 0, -30), End: end, Participants: people, NewcomerShare: .6,
			EditsPerPerson: edits, Wikis: []string{"*"}, EditWikis: map[string]float64{"commonswiki": 6, "enwiki": 3, "metawiki": .2},
		}
	}
	return fakewiki.Spec{
		Seed: 6, Now: end.AddDate(1, 1, 0), CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}, {DB: "commonswiki", Code: "special"}},
		Events: []fakewiki.EventSpec{
			event(101, "Photographs of Monuments", 10_000, 30.2),
			event(102, "Women in Science edit-a-thon", 64, 40),
			event(103, "Translate Together", 85, 25),
			event(104, `Libraries & <"Archives"> 1 > 0`, 140, 30),
			event(105, "Friends of the Archive", 12, 30),
			event(106, "Museum Weekend", 500, 20),
		},
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "farm:", err)
		os.Exit(1)
	}
}

func run() error {
	s := spec()
	farm, err := fakewiki.New(s)
	if err != nil {
		return fmt.Errorf("making the wikis: %w", err)
	}
	defer farm.Close()
	var hosts []string
	for _, w := range s.Wikis {
		at, err := url.Parse(farm.URL(w.DB))
		if err != nil {
			return fmt.Errorf("the address of %s: %w", w.DB, err)
		}
		hosts = append(hosts, at.Host)
	}
	fmt.Println("farm", farm.URL(s.Wikis[0].DB), strings.Join(hosts, ","))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
