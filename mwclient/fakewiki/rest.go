package fakewiki

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	restPath     = "/w/rest.php"
	campaignPath = "/campaignevents/v0/"
)

// restCall is one request to CampaignEvents' REST API. See
// https://www.mediawiki.org/wiki/Extension:CampaignEvents/REST_API.
type restCall struct {
	server *server
	query  url.Values
	who    caller
	lang   string
	now    int64
}

// route says which endpoint a path below rest.php is, and its id.
func route(path string) (endpoint, id string) {
	parts := strings.Split(strings.TrimPrefix(path, campaignPath), "/")
	if !strings.HasPrefix(path, campaignPath) || len(parts) < 2 {
		return EndpointREST, ""
	}
	switch what := strings.Join(append([]string{parts[0]}, parts[2:]...), "/"); what {
	case "event_registration":
		return EndpointEvent, parts[1]
	case "event_registration/participants":
		return EndpointParticipants, parts[1]
	case "event_registration/organizers":
		return EndpointOrganizers, parts[1]
	case "event_registration/participants/self", "organizer/event_registrations", "participant/event_registrations":
		return what, parts[1]
	}
	return EndpointREST, ""
}

// rest answers a request to the REST API. Captures: event_get_*, participants_*,
// organizers_*, rest_*. The caller holds Farm.mu.
func (s *server) rest(r *http.Request, who caller) *reply {
	path := strings.TrimPrefix(r.URL.Path, restPath)
	c := &restCall{server: s, query: r.URL.Query(), who: who, now: s.farm.now.Unix()}
	if c.lang = c.query.Get("uselang"); c.lang == "" {
		c.lang = s.wiki.Lang
	}
	endpoint, id := route(path)
	handlers := map[string]struct {
		run     func(int64) *reply
		methods string
	}{
		EndpointEvent:                          {c.event, "HEAD, GET, PUT, DELETE"},
		EndpointParticipants:                   {c.participants, "HEAD, GET, DELETE"},
		EndpointOrganizers:                     {c.organizers, "HEAD, GET, PUT"},
		"event_registration/participants/self": {c.self, "HEAD, GET, PUT, DELETE"},
		"organizer/event_registrations":        {c.organized, "HEAD, GET"},
		"participant/event_registrations":      {c.joined, "HEAD, GET"},
	}
	h, ok := handlers[endpoint]
	switch {
	case !ok:
		return c.fail(http.StatusNotFound, "rest-no-match",
			"The requested relative path ("+path+") did not match any known handler")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		// Writing is not served; POST is what the capture was made with.
		rep := c.fail(http.StatusMethodNotAllowed, "", "The request method ("+r.Method+
			") was not one of the allowed methods for this path ("+h.methods+")")
		rep.header.Set("Allow", h.methods)
		return rep
	case who.bad != "":
		return c.json(http.StatusForbidden, func(w *jsonWriter) {
			w.obj()
			w.kStr("error", "rest-read-denied")
			w.kInt("httpCode", http.StatusForbidden)
			w.kStr("httpReason", http.StatusText(http.StatusForbidden))
			w.endObj()
		})
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return c.invalid("id", &id, "badinteger", `Invalid value "`+id+`" for integer parameter "id".`)
	}
	return h.run(n)
}

func (c *restCall) json(status int, write func(*jsonWriter)) *reply {
	r := newReply(status, "application/json").json(false, write)
	r.header.Set("Vary", "x-restbase-compat")
	if c.who.person >= 0 {
		r.header.Set("Cache-Control", "private,must-revalidate,s-maxage=0")
	}
	return r
}

// fail is an error with a message; some have no key.
func (c *restCall) fail(status int, key, message string) *reply {
	return c.json(status, func(w *jsonWriter) {
		w.obj()
		writeProblem(w, status, key, message)
		w.endObj()
	})
}

func writeProblem(w *jsonWriter, status int, key, message string) {
	if key != "" {
		w.kStr("errorKey", key)
	}
	w.kObj("messageTranslations")
	w.kStr("en", message)
	w.endObj()
	w.kInt("httpCode", int64(status))
	w.kStr("httpReason", http.StatusText(status))
}

// invalid is the error of a parameter; value is nil where it is missing.
func (c *restCall) invalid(name string, value *string, code, message string) *reply {
	return c.json(http.StatusBadRequest, func(w *jsonWriter) {
		w.obj()
		w.kStr("error", "parameter-validation-failed")
		w.kStr("name", name)
		w.key("value")
		if value == nil {
			w.null()
		} else {
			w.str(*value)
		}
		w.kStr("failureCode", code)
		w.kNull("failureData")
		writeProblem(w, http.StatusBadRequest, code, message)
		w.endObj()
	})
}

func (c *restCall) noEvent() *reply {
	return c.fail(http.StatusNotFound, "campaignevents-rest-event-not-found", "There is no event with this ID.")
}

// integer reads an optional number of the query.
func (c *restCall) integer(name string) (int64, *reply) {
	if !c.query.Has(name) {
		return 0, nil
	}
	v := c.query.Get(name)
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, c.invalid(name, &v, "badinteger", `Invalid value "`+v+`" for integer parameter "`+name+`".`)
	}
	return n, nil
}

// event answers event_registration/N.
func (c *restCall) event(id int64) *reply {
	e := c.server.farm.event(c.server.wiki, id)
	switch {
	case e == nil:
		return c.noEvent()
	case e.current().Deleted:
		return c.fail(http.StatusNotFound, "campaignevents-rest-get-registration-deleted",
			"This event registration was deleted.")
	}
	x, recent := *e.current(), c.server.farm.spec.Recent
	loc := zone(x.Timezone)
	r := c.json(http.StatusOK, func(w *jsonWriter) {
		w.obj()
		w.kInt("id", x.ID)
		w.kStr("name", x.Name)
		w.kStr("event_page", x.Page)
		w.kStr("event_page_wiki", x.Wiki)
		status := "open"
		if x.Closed {
			status = "closed"
		}
		if !recent {
			w.kNull("chat_url")
		}
		w.kArr("tracking_tools")
		w.endArr()
		w.kStr("status", status)
		w.kStr("timezone", x.Timezone)
		w.kStr("start_time", x.Start.In(loc).Format("20060102150405"))
		w.kStr("end_time", x.End.In(loc).Format("20060102150405"))
		w.kBool("online_meeting", true)
		w.kBool("inperson_meeting", false)
		if recent {
			writeRecent(w, &x)
		} else {
			w.kStr("meeting_url", x.Meeting)
			w.kNull("meeting_country")
		}
		w.kNull("meeting_address")
		w.kArr("questions")
		for n := range 5 {
			w.int(int64(n) + 1)
		}
		w.endArr()
		w.endObj()
	})
	r.rows = 1
	return r
}

// writeRecent writes what CampaignEvents' development branch adds. No capture: from
// its source (GetEventRegistrationHandler).
func writeRecent(w *jsonWriter, x *Event) {
	w.kStrs("types", []string{"other"})
	w.kStrs("wikis", x.Wikis)
	w.kStrs("topics", nil)
	w.kNull("meeting_country_code")
	w.kBool("is_test_event", x.Test)
	w.kBool("tracks_contributions", false)
	w.kNull("goal_type")
	w.kNull("goal_target")
}
