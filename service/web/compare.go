package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"afterglow/retention"
	"afterglow/service/store"
)

// Numbers of campaigns in a comparison.
const (
	leastCompared = 2
	mostCompared  = 12
)

// compared lists the measures that campaigns are compared by.
func compared() []string {
	return []string{string(retention.MeasureRetention), string(retention.MeasureSurvival), string(retention.MeasureCohorts), string(retention.MeasureMarks)}
}

// comparison is a request to compare.
type comparison struct {
	measure    retention.Measure // what the definition is of: MeasureRollUp for people counted once
	definition retention.Definition
	ids        []string
	draw       drawing
}

// compare answers with several campaigns in one chart.
func (s *Server) compare(w http.ResponseWriter, r *http.Request) error {
	name, format := mux.Vars(r)["chart"], mux.Vars(r)["format"]
	if !slices.Contains(compared(), name) || !slices.Contains(formats(), format) {
		return noSuchChart(name, format, compared(), formats())
	}
	q, err := s.readComparison(r, name, format)
	if err != nil {
		return err
	}
	campaigns, done, err := s.comparedCampaigns(w, r, q)
	if err != nil || done {
		return err
	}
	parts := []string{"compare", name, string(q.measure), q.definition.Canonical(q.measure)}
	for _, c := range campaigns {
		parts = append(parts, c.ID, revision(c))
		q.draw.options.MadeUp = q.draw.options.MadeUp || c.MadeUp
	}
	parts = append(parts, q.draw.key())
	key := s.tag(parts...)
	s.memo(r, key, campaigns...)
	return s.remembered(w, r, cacheFigures, key, func(ctx context.Context) (*answer, error) {
		result, err := s.compareFigures(ctx, campaigns, q)
		if err != nil {
			return nil, err
		}
		return s.draw(ctx, result, q.draw)
	})
}

// readComparison reads the parameters of a comparison.
func (s *Server) readComparison(r *http.Request, name, format string) (comparison, error) {
	q := comparison{measure: retention.Measure(name)}
	own := []string{"campaign"}
	if name == string(retention.MeasureRetention) {
		own = append(own, "rollup") // one curve for all is what a roll-up has
	}
	if rolled := r.URL.Query()["rollup"]; len(rolled) == 1 && rolled[0] == "true" && len(own) == 2 {
		q.measure = retention.MeasureRollUp
	}
	if format == formatSVG || format == formatPNG {
		own = append(own, "highlight")
	}
	names := retention.DefinitionParams(q.measure)
	allowed := slices.Concat(own, names, formatParams(pictureParams(), format))
	given, err := readQuery(r, "compare/"+name+"."+format, allowed, "campaign")
	if err != nil {
		return q, err
	}
	if _, err := given.word("rollup", "false", "true"); err != nil {
		return q, err
	}
	if q.ids, err = comparedIDs(given.values["campaign"]); err != nil {
		return q, err
	}
	values := s.withGap(given.only(names), names)
	if q.measure == retention.MeasureRollUp {
		q.definition, err = retention.ParseDefinition(values, q.measure)
	} else {
		q.definition, err = retention.ParseComparison(values, q.measure)
	}
	if err != nil {
		return q, err
	}
	q.draw, err = s.drawingOf(given, name, format, "compare-"+name)
	if h := given.values.Get("highlight"); err == nil && given.values.Has("highlight") {
		if !slices.Contains(q.ids, h) {
			return q, refuse("highlight", h, "one of the compared campaigns")
		}
		q.draw.options.Highlight = h
	}
	return q, err
}

func comparedIDs(ids []string) ([]string, error) {
	allowed := fmt.Sprintf("%d to %d different campaigns: campaign=ID&campaign=ID", leastCompared, mostCompared)
	if len(ids) < leastCompared || len(ids) > mostCompared {
		return nil, refuse("campaign", strings.Join(ids, ", "), allowed)
	}
	for i, id := range ids {
		if !idForm.MatchString(id) || slices.Contains(ids[:i], id) {
			return nil, refuse("campaign", id, allowed)
		}
	}
	return ids, nil
}

// comparedCampaigns returns the campaigns of a comparison. done is true where
// it has answered already: one of them is elsewhere, or not measured yet.
func (s *Server) comparedCampaigns(w http.ResponseWriter, r *http.Request, q comparison) (cs []store.Campaign, done bool, err error) {
	ids, elsewhere := slices.Clone(q.ids), false
	for i, id := range q.ids {
		c, err := s.find(r.Context(), id)
		var m *moved
		switch {
		case errors.As(err, &m):
			ids[i], elsewhere = m.to, true
		case err != nil:
			return nil, false, err
		}
		cs = append(cs, c)
	}
	if elsewhere {
		values := r.URL.Query()
		if h := slices.Index(q.ids, values.Get("highlight")); h >= 0 {
			values.Set("highlight", ids[h])
		}
		values["campaign"] = ids
		s.redirect(w, url.URL{Path: r.URL.Path, RawQuery: values.Encode()})
		return nil, true, nil
	}
	for _, c := range cs {
		if done, err := s.notReady(w, r, c, q.draw); err != nil || done {
			return nil, done, err
		}
	}
	return cs, false, nil
}

// compareFigures computes a comparison or a roll-up, as of the time up to which
// the data of all is complete.
func (s *Server) compareFigures(ctx context.Context, cs []store.Campaign, q comparison) (retention.Result, error) {
	cohorts := make([]*retention.Cohort, len(cs))
	var asOf time.Time
	for i, c := range cs {
		l, err := s.source.cohort(ctx, c)
		if err != nil {
			return nil, err
		}
		cohorts[i] = l.cohort
		if asOf.IsZero() || l.campaign.AsOf.Before(asOf) {
			asOf = l.campaign.AsOf
		}
	}
	give, err := s.computing.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	o := retention.Options{AsOf: asOf, MinCell: s.o.MinCell}
	if q.measure == retention.MeasureRollUp {
		return retention.ComputeRollUp(cohorts, q.definition, o)
	}
	return retention.Compare(cohorts, q.measure, q.definition, o)
}
