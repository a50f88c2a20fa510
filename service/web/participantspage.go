package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

// participantsView is a campaign's participants, for its organizers.
type participantsView struct {
	base
	Campaign store.Campaign
	Back     string // address of the campaign's page
	Marks    []string
	Rows     []participantRow
	Next     string
	Data     string // address of the same in the API
}

// participantRow is one participant in words.
type participantRow struct {
	Name       string // empty: hidden or gone
	State      string // in words; empty: they are in the figures
	Joined     string
	Registered string
	During     string
	Retained   []retainedCell
	LastEdit   string
}

// retainedCell says whether somebody edited in the month that ends at a mark.
type retainedCell struct {
	Text string
	Yes  bool
}

// participantsPage shows a campaign's participants to those who may see them.
func (s *Server) participantsPage(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the participants", []string{"cursor", "uselang"})
	if err != nil {
		return err
	}
	after, err := q.after()
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	_, c, done, err := s.campaignFor(w, r, actParticipants)
	if err != nil || done {
		return err
	}
	members, err := s.o.People.Members(r.Context(), c.ID, after, defaultParticipants+1)
	if err != nil {
		return err
	}
	id := "/campaigns/" + url.PathEscape(c.ID)
	v := participantsView{base: b, Campaign: c, Back: b.Href(id), Data: b.Raw("/v1" + id + "/participants")}
	v.Title, v.MadeUp = b.T("web-people-title"), c.MadeUp
	if len(members) > defaultParticipants {
		members = members[:defaultParticipants]
		v.Next = b.Href(id+"/participants", "cursor", strconv.FormatInt(members[len(members)-1].Account, 36))
	}
	figures, err := s.figuresOf(r, c, members)
	if err != nil {
		return err
	}
	for _, mark := range retention.MarkMonths() {
		v.Marks = append(v.Marks, b.T("chart-month", i18n.Int(mark)))
	}
	for _, m := range members {
		v.Rows = append(v.Rows, participantWords(b, participant(m, figures)))
	}
	return s.sendPage(w, r, http.StatusOK, "participants.html", v)
}

func participantWords(b base, p participantJSON) participantRow {
	row := participantRow{Joined: dayOf(b, p.Joined), Registered: dayOf(b, p.Registered)}
	if p.Name != nil {
		row.Name = *p.Name
	}
	if p.State != store.Measured {
		row.State = b.T("web-people-state-" + string(p.State))
	}
	if p.Activity == nil {
		return row
	}
	row.During, row.LastEdit = b.loc.String(i18n.Int(p.Activity.During)), dayOf(b, p.Activity.LastEdit)
	for _, mark := range retention.MarkMonths() {
		cell := retainedCell{Text: charts.StatusText(b.loc, retention.Open)}
		if is := p.Activity.Retained[strconv.Itoa(mark)]; is != nil {
			cell = retainedCell{Text: b.T("web-people-no")}
			if *is {
				cell = retainedCell{Text: b.T("web-people-yes"), Yes: true}
			}
		}
		row.Retained = append(row.Retained, cell)
	}
	return row
}

func dayOf(b base, t *time.Time) string {
	if t == nil {
		return ""
	}
	return b.loc.String(i18n.Date(*t))
}
