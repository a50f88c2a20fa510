package web

import (
	"math"
	"net/http"
	"net/url"
	"strings"

	"afterglow/charts/i18n"
)

// errorView is a page that says what went wrong, what is still true, and what
// to do.
type errorView struct {
	base
	Problem  *problem
	Headline string
	Detail   string
	// Login is where to sign in, where that helps.
	Login string
	// Reason says more, where there is more to say.
	Reason string
}

// errorMessages are the keys of what a problem's page says.
func errorMessages(p *problem) (headline, detail string) {
	switch p.Type {
	case typeCampaign:
		return "web-error-campaign", "web-error-campaign-detail"
	case typeSignIn:
		return "web-error-sign-in", "web-error-sign-in-detail"
	case typeForbidden:
		return "web-error-forbidden", "web-error-forbidden-detail"
	case typeTooOften:
		return "web-error-often", "web-error-often-detail"
	case typeWiki:
		return "web-error-wiki", "web-error-wiki-detail"
	case typeBusy:
		return "web-error-busy", "web-error-busy-detail"
	}
	switch {
	case p.Status == http.StatusNotFound:
		return "web-error-404", "web-error-404-detail"
	case p.Status < http.StatusInternalServerError:
		return "web-error-400", "web-error-400-detail"
	}
	return "web-error-500", "web-error-500-detail"
}

// failPage writes an error for a person.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, p *problem) {
	q := query{values: url.Values{}}
	if values, err := url.ParseQuery(r.URL.RawQuery); err == nil && len(values["uselang"]) == 1 {
		q.values["uselang"] = values["uselang"]
	}
	b, err := s.base(r, q)
	if err != nil { // the language itself is wrong
		q.values = url.Values{}
		b, _ = s.base(r, q)
	}
	headline, detail := errorMessages(p)
	v := errorView{base: b, Problem: p}
	switch p.Type {
	case typeSignIn:
		v.Login = b.loginHref(signInReturn(r))
	case typeForbidden, typeWiki:
		v.Reason = b.reason(p.reason)
	}
	v.Headline, v.Detail = b.T(headline), b.T(detail)
	if p.Type == typeTooOften && p.retryAfter > 0 {
		v.Detail = b.T("web-error-often-minutes", i18n.Int(max(1, int(math.Ceil(float64(p.retryAfter)/60)))))
	}
	v.path, v.lost = "/", true // a language's link leads to a page that is there
	v.Title = v.Headline
	h := w.Header()
	h.Set("Content-Security-Policy", pageCSP)
	if err := s.sendPage(w, r, p.Status, "error.html", v); err != nil {
		s.o.Logger.ErrorContext(r.Context(), "the error page", "error.message", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// signInReturn is where somebody goes on after signing in: the page that they
// asked for, or the one whose form they sent.
func signInReturn(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/v1"); ok {
		return strings.TrimSuffix(path, "/refresh")
	}
	return r.URL.Path
}
