package web

import (
	"net/http"

	"afterglow/service/store"
)

// deleteView asks whether a campaign shall really be deleted.
type deleteView struct {
	base
	Campaign store.Campaign
	Action   string // of the form
	Back     string // address of the campaign's page
}

// deletePage asks somebody who may delete a campaign whether they mean it.
func (s *Server) deletePage(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "deleting a campaign", []string{"uselang"})
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	_, c, done, err := s.campaignFor(w, r, actRemove)
	if err != nil || done {
		return err
	}
	v := deleteView{base: b, Campaign: c, Back: b.Href("/campaigns/" + c.ID), Action: b.Href("/campaigns/" + c.ID + "/delete")}
	v.Title, v.MadeUp = b.T("web-delete-title"), c.MadeUp
	return s.sendPage(w, r, http.StatusOK, "delete.html", v)
}
