package fakewiki_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"afterglow/mwclient/fakewiki"
)

// A farm of two wikis with one event, asked over HTTP like any wiki.
func Example() {
	start := time.Date(2025, 1, 11, 9, 0, 0, 0, time.UTC)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed:        1,
		Now:         time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC),
		CentralAuth: true,
		Wikis:       []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{{
			Title: "Wiki Loves Libraries", Start: start, End: start.Add(32 * time.Hour),
			Participants: 45, NewcomerShare: 0.6, Timezone: "Africa/Nairobi",
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer farm.Close()
	// The first try of each request is refused, as a busy wiki may.
	farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.TooMany, Probability: 1, Times: 1}}})

	address := farm.URL("metawiki") + "/w/rest.php/campaignevents/v0/event_registration/101/participants?include_private=false"
	for range 2 {
		res, err := http.Get(address)
		if err != nil {
			fmt.Println(err)
			return
		}
		var page []struct {
			UserID int64 `json:"user_id"`
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		_ = res.Body.Close()
		fmt.Println(res.StatusCode, "participants:", len(page), "JSON:", err == nil)
	}
	fmt.Println("asked:", farm.Requests()["metawiki"])
	// Output:
	// 429 participants: 0 JSON: false
	// 200 participants: 20 JSON: true
	// asked: map[participants:2]
}
