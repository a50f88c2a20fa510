package web

import (
	"context"
	"net/http"
)

// privacyView is the page about privacy.
type privacyView struct {
	base
	MinCell     int
	SessionDays int
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
	return s.page(w, r, b, nil, func(context.Context) (string, any, error) {
		b.Title = b.T("web-privacy-title")
		return "privacy.html", privacyView{b, s.o.MinCell, 7}, nil
	})
}
