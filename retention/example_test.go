package retention_test

import (
	"fmt"
	"log"
	"net/url"
	"time"

	"afterglow/retention"
)

// exampleCohort is a weekend in March 2025 with four participants, of whom two
// still edited in the first month after it, one in the second.
func exampleCohort() *retention.Cohort {
	start := time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)
	end := time.Date(2025, 3, 2, 17, 0, 0, 0, time.UTC)
	b := retention.NewBuilder(retention.Campaign{
		ID: "metawiki-1", Title: "A weekend", Start: start, End: end, Source: retention.Source{Kind: "event", Wiki: "metawiki", Event: 1},
	})
	wiki := b.Wiki("metawiki", []int{0})
	for id, days := range [][]int{{1, 40}, {29}, {}, {}} { // days after the end with an edit
		b.Add(retention.Participant{Key: retention.PersonKey{Farm: "wikimedia", ID: int64(id + 1)}, Registered: start.Unix() + int64(id)})
		var edits []retention.Edit
		for _, d := range days {
			edits = append(edits, retention.Edit{Time: end.AddDate(0, 0, d).Unix()})
		}
		packed, err := retention.Pack(edits)
		if err != nil {
			log.Fatal(err)
		}
		if err := b.AddEdits(wiki, packed); err != nil {
			log.Fatal(err)
		}
	}
	c, err := b.Cohort()
	if err != nil {
		log.Fatal(err)
	}
	return c
}

func ExampleCompute() {
	d, err := retention.ParseDefinition(url.Values{"months": {"3"}}, retention.MeasureRetention)
	if err != nil {
		log.Fatal(err)
	}
	r, err := retention.Compute(exampleCohort(), retention.MeasureRetention, d, retention.Options{AsOf: time.Date(2025, 5, 10, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range r.(*retention.Curve).Points {
		if !p.Status.Known() {
			fmt.Printf("month %d: %s\n", p.Month, p.Status)
			continue
		}
		fmt.Printf("month %d: %d of %d, between %.0f and %.0f of 100 (%s)\n", p.Month, p.Retained, p.AtRisk, 100*p.Low, 100*p.High, p.Status)
	}
	// Output:
	// month 1: 2 of 4, between 15 and 85 of 100 (final)
	// month 2: 1 of 4, between 5 and 70 of 100 (final)
	// month 3: open
}

func ExampleParseDefinition() {
	_, err := retention.ParseDefinition(url.Values{"months": {"61"}}, retention.MeasureRetention)
	fmt.Println(err)
	_, err = retention.ParseDefinition(url.Values{"gap": {"60"}}, retention.MeasureActivity)
	fmt.Println(err)
	// Output:
	// months="61" is not allowed: a whole number from 1 to 60
	// gap="60" is not allowed: for activity: group, wikis, population, namespaces, reverted, later_campaigns, newcomer_days
}

func ExamplePack() {
	packed, err := retention.Pack([]retention.Edit{
		{Time: 1741000000, Namespace: 0}, {Time: 1741000060, Namespace: 0}, {Time: 1741000090, Namespace: 1, Reverted: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	edits, err := retention.Unpack(packed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d bytes: %v\n", len(packed), edits)
	// Output:
	// 12 bytes: [{1741000000 0 false} {1741000060 0 false} {1741000090 1 true}]
}

func ExampleNewcombe() {
	value, low, high := retention.Newcombe(56, 70, 48, 80)
	fmt.Printf("%.1f points more, between %.1f and %.1f\n", 100*value, 100*low, 100*high)
	// Output:
	// 20.0 points more, between 5.2 and 33.4
}

// Eight published definitions, one campaign, eight figures.
func ExampleForPreset() {
	c := exampleCohort()
	for _, p := range retention.Presets() {
		r, err := retention.Compute(c, retention.MeasureRetention, retention.ForPreset(p), retention.Options{AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			fmt.Printf("%-21s cannot be known: %v\n", p, err)
			continue
		}
		point := r.(*retention.Curve).Points[0]
		fmt.Printf("%-21s %d of %d (%s)\n", p, point.Retained, point.AtRisk, point.Status)
	}
	// Output:
	// wmf-new-editor        1 of 1 (final)
	// surviving-new-editor  0 of 0 (empty)
	// survival              2 of 4 (final)
	// growth                0 of 0 (empty)
	// event-metrics         2 of 4 (provisional)
	// dashboard             cannot be known: wikis=home: no participant's home wiki is known
	// program-evaluation    0 of 4 (final)
	// active-editor         0 of 4 (final)
}
