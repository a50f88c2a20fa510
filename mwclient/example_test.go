package mwclient_test

import (
	"context"
	"fmt"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
)

// From an event's address to its participants and their edits.
func Example() {
	start := time.Date(2025, 3, 8, 9, 0, 0, 0, time.UTC)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 1, Now: start.AddDate(0, 6, 0), CentralAuth: true, GlobalUsers: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}},
		Events: []fakewiki.EventSpec{{
			ID: 7, Title: "Edit-a-thon", Timezone: "+03:00", Start: start, End: start.Add(8 * time.Hour), Participants: 30,
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer farm.Close()
	c, err := mwclient.New(mwclient.Options{Contact: "ops@example.org", Version: "1.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	wiki, id, err := c.ResolveEvent(ctx, farm.EventURL(7), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	event, err := wiki.Event(ctx, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Name, event.Start.Format(time.RFC3339), event.Timezone)
	var names []string
	for p, err := range wiki.Participants(ctx, id) {
		if err != nil {
			fmt.Println(err)
			return
		}
		names = append(names, p.Name)
	}
	edits := 0
	for _, err := range wiki.Contributions(ctx, mwclient.ContributionsQuery{Users: names, Start: event.Start}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		edits++
	}
	stats := c.Stats().Total
	fmt.Println(len(names), "participants,", edits > 0, stats.Requests, "requests,", stats.Rows == int64(1+len(names)+edits))
	// Output:
	// Edit-a-thon 2025-03-08T09:00:00Z +03:00
	// 30 participants, true 5 requests, true
}
