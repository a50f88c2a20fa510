package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"afterglow/charts/i18n"
)

// privacyView is the page about privacy.
type privacyView struct {
	base
	MinCell int
	// Lifetime and Idle are how long a session lasts at most, and without a
	// request, in words; empty where nobody can sign in.
	Lifetime, Idle string
}

// privacy is the page about privacy.
func (s *Server) privacy(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the page about privacy", []string{"uselang"})
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	v := privacyView{MinCell: s.o.MinCell}
	if s.login != nil {
		v.Lifetime, v.Idle = durationText(b, s.login.o.Lifetime), durationText(b, s.login.o.Idle)
	}
	return s.page(w, r, b, []string{strconv.Itoa(v.MinCell), v.Lifetime, v.Idle}, func(context.Context) (string, any, error) {
		b.Title = b.T("web-privacy-title")
		v.base = b
		return "privacy.html", v, nil
	})
}

// durationText is a length of time in the largest unit that says it whole;
// what is left of a minute counts as one.
func durationText(b base, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return b.T("web-days", i18n.Int(int(d/day)))
	case d%time.Hour == 0:
		return b.T("web-hours", i18n.Int(int(d/time.Hour)))
	}
	return b.T("web-minutes", i18n.Int(int((d+time.Minute-1)/time.Minute)))
}
