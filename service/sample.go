package service

import (
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/web"
)

const (
	sampleHome = "metawiki" // where people sign in
	// sampleUntracked is the event that is left for a visitor to track.
	sampleUntracked = 107
	// The consumer that the demo signs people in with. It is no secret: the wiki
	// lives in the same process, and so do its people.
	sampleConsumer = "afterglow-demo"
	sampleSecret   = "known-to-everybody"
)

// sampleFarm is the farm of the demo: three wikis and seven events of different
// shapes, with made-up people. base is the address of the demo itself, for those
// who sign in; empty: nobody can. Dates are relative to now, so that one
// of them has always just ended.
func sampleFarm(now time.Time, base string) fakewiki.Spec {
	day := 24 * time.Hour
	ago := func(days int, hour int) time.Time {
		return now.Truncate(day).Add(-time.Duration(days)*day + time.Duration(hour)*time.Hour)
	}
	var consumers []fakewiki.Consumer
	if base != "" {
		consumers = []fakewiki.Consumer{{ID: sampleConsumer, Secret: sampleSecret, Name: "Afterglow", Callback: base + web.CallbackPath}}
	}
	return fakewiki.Spec{
		Consumers: consumers,
		Seed:      20260115, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{
			{DB: "metawiki", Name: "Meta-Wiki", Code: "special"},
			{DB: "enwiki", Name: "Wikipedia"},
			{DB: "commonswiki", Name: "Wikimedia Commons", Code: "special"},
		},
		Events: []fakewiki.EventSpec{
			{
				ID: 101, Title: "Women in Science edit-a-thon", Timezone: "Africa/Nairobi",
				Start: ago(410, 7), End: ago(410, 15), Wikis: []string{"*"},
				Participants: 64, Private: 5, NewcomerShare: .55, EditsPerPerson: 40,
				EditWikis: map[string]float64{"enwiki": 5, "commonswiki": 1, "metawiki": 1},
				Odd:       fakewiki.Odd{Hidden: 1, Bots: 1, Renamed: 2},
			},
			{
				ID: 102, Title: "Photographs of Monuments", Timezone: "Europe/Berlin",
				Start: ago(300, 0), End: ago(270, 0), Wikis: []string{"commonswiki", "enwiki"},
				Participants: 5000, Private: 120, NewcomerShare: .7, RepeatShare: .02, EditsPerPerson: 18,
				EditWikis: map[string]float64{"commonswiki": 8, "enwiki": 2},
				Odd:       fakewiki.Odd{Hidden: 4, NotFound: 11, Locked: 3, Renamed: 12, Vanished: 5, Bots: 3},
			},
			{
				ID: 103, Title: "Translate Together", Timezone: "America/Sao_Paulo",
				Start: ago(14, 12), End: ago(8, 22), Wikis: []string{"enwiki"},
				Participants: 85, NewcomerShare: .4, RepeatShare: .1, EditsPerPerson: 25,
			},
			{
				ID: 104, Title: `أسبوع المكتبات & <"Libraries"> 1 > 0`, Page: "Event:أسبوع المكتبات", Timezone: "+03:00",
				Start: ago(220, 5), End: ago(213, 17), Wikis: []string{"*"},
				Participants: 140, NewcomerShare: .6, EditsPerPerson: 30, Names: fakewiki.Arabic,
			},
			{
				ID: 105, Title: "Friends of the Archive", Timezone: "UTC",
				Start: ago(150, 10), End: ago(150, 14), Wikis: []string{"enwiki"},
				Participants: 3, NewcomerShare: .34, EditsPerPerson: 30,
			},
			{
				ID: 106, Title: "A Quiet Afternoon", Timezone: "Asia/Kolkata",
				Start: ago(95, 8), End: ago(95, 12), Wikis: []string{"metawiki"},
			},
			{
				ID: sampleUntracked, Title: "Museum Weekend", Timezone: "Europe/Paris",
				Start: ago(120, 8), End: ago(118, 16), Wikis: []string{"enwiki", "commonswiki"},
				Participants: 72, NewcomerShare: .5, EditsPerPerson: 22,
			},
		},
	}
}
