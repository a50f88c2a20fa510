package web

import (
	"fmt"
	"net/http"
	"strconv"

	"afterglow/charts"
	"afterglow/service/store"
)

// retryAfter is when it is worth asking again for a campaign being measured.
const retryAfter = 10

// pending is what is said of a campaign that has no figures yet.
type pending struct {
	ID       string      `json:"id"`
	Title    string      `json:"title"`
	State    store.State `json:"state"`
	Progress progress    `json:"progress"`
}

type progress struct {
	Read  int `json:"read"`
	Total int `json:"total"`
}

// notReady answers for a campaign without figures: a picture that says how far
// the reading is, for pages that embed it, and 202 for programs. done is false
// for a campaign that is ready.
func (s *Server) notReady(w http.ResponseWriter, r *http.Request, c store.Campaign, d drawing) (done bool, err error) {
	switch c.State {
	case store.Ready:
		return false, nil
	case store.New, store.Measuring:
	case store.Failed:
		detail := "the campaign's first reading failed; it is tried again"
		if c.LastError != "" {
			detail += ": " + shorten(c.LastError)
		}
		return true, &problem{Type: typeFailed, Title: "The campaign could not be read", Status: http.StatusServiceUnavailable, Detail: detail, retryAfter: 3600}
	default:
		return true, fmt.Errorf("campaign %s is in an unknown state %q", c.ID, c.State)
	}
	if d.format != formatSVG {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		return true, writeJSON(w, r, http.StatusAccepted, pending{c.ID, c.Title, c.State, progress{c.Read, c.Total}})
	}
	body, err := charts.Placeholder(c.Campaign, c.Read, c.Total, d.options)
	if err != nil {
		return true, fmt.Errorf("drawing a placeholder: %w", err)
	}
	h := w.Header()
	h.Set("Cache-Control", cacheNot)
	h.Set("Content-Type", "image/svg+xml; charset=utf-8")
	h.Set("Content-Security-Policy", svgCSP)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return true, nil
}
