package mwclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	mw "cgt.name/pkg/go-mwclient"
	"cgt.name/pkg/go-mwclient/params"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// reply is what an answer of the Action API may hold.
// https://www.mediawiki.org/wiki/API:Query
type reply struct {
	Error    *oneError      `json:"error"`  // errorformat=bc, which some servers answer in whatever is asked
	Errors   []oneError     `json:"errors"` // errorformat=plaintext, which is asked for
	Warnings warnings       `json:"warnings"`
	Continue continuation   `json:"continue"`
	Limits   limits         `json:"limits"`
	Now      timestamp      `json:"curtimestamp"`
	Complete flag           `json:"batchcomplete"`
	Query    results        `json:"query"`
	Parse    parsedPage     `json:"parse"`
	Matrix   jsontext.Value `json:"sitematrix"`
	Login    loginRow       `json:"login"`
	Edit     editRow        `json:"edit"`

	header http.Header
}

// results is what the modules that this package asks for answer.
type results struct {
	General        *siteGeneral             `json:"general"`
	Namespaces     map[string]siteNamespace `json:"namespaces"`
	Aliases        []namespaceAlias         `json:"namespacealiases"`
	SpecialPages   []specialPageAlias       `json:"specialpagealiases"`
	Pages          []pageRow                `json:"pages"`
	Redirects      []redirect               `json:"redirects"`
	Contributions  contributionRows         `json:"usercontribs"`
	Users          []userRow                `json:"users"`
	GlobalUsers    []globalUserRow          `json:"globalusers"`
	GlobalUserInfo *globalUserInfo          `json:"globaluserinfo"`
	LogEvents      []logEventRow            `json:"logevents"`
	Tokens         map[string]string        `json:"tokens"`
	UserInfo       userInfoRow              `json:"userinfo"`
}

type oneError struct {
	Code string `json:"code"`
	Info string `json:"info"` // bc
	Text string `json:"text"` // plaintext
}

// errNoAccount: the token's account does not exist on the wiki.
var errNoAccount = errors.New("the token's account does not exist there")

// codeNoAccount is what the Action API says then; the REST API says
// codeReadDenied, to any token that it does not like.
const (
	codeNoAccount  = "mwoauth-invalid-authorization-invalid-user"
	codeReadDenied = "rest-read-denied"
)

// What is wrong with an answer of which the next page cannot be asked for.
var (
	errCircle = errors.New("it continues where it has been before")
	errCut    = errors.New("it does not say how to go on, though more follows")
)

// lenient reads what PHP writes: repeated names and broken characters happen.
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// query asks the Action API. What the wiki ignored of the question (a value or
// parameter it does not know) is an error unless tolerate is set, because it
// answers something else then: an unknown namespace gives all namespaces.
func (w *Wiki) query(ctx context.Context, endpoint Endpoint, p params.Values, tolerate bool) (*reply, error) {
	var r *reply
	err := w.perform(ctx, kindAPI, endpoint, func(e *exchange, api *url.URL) (err error) {
		r, err = w.c.ask(e, api, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.Query.General != nil {
		w.learn(r)
	}
	if dropped := r.Warnings.dropped(); dropped != "" && !tolerate {
		return nil, &ResponseError{Wiki: w.label(), Err: fmt.Errorf("it ignored a part of the question: %s", dropped)}
	}
	return r, nil
}

// ask does one call with go-mwclient.
func (c *Client) ask(e *exchange, api *url.URL, p params.Values) (*reply, error) {
	// go-mwclient writes into the map that it is given, so it gets its own.
	full := params.Values{
		"format": "json", "formatversion": "2", "errorformat": "plaintext", "errorlang": "en",
		"maxlag": strconv.Itoa(c.o.MaxLag),
	}
	for name, value := range p {
		full[name] = value
	}
	client, err := mw.New(api.String(), c.agent)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrAddress, e.label)
	}
	client.SetHTTPClient(&http.Client{Transport: e})
	get := client.GetRaw
	if e.write || len(full.Encode()) > maxQuery {
		get = client.PostRaw
	}
	body, err := get(full)
	if e.err != nil {
		return nil, e.err
	}
	if err != nil {
		return nil, &ResponseError{Wiki: e.label, Err: errors.New("go-mwclient could not read it")}
	}
	r := &reply{header: e.last.header}
	if err := json.Unmarshal(body, r, lenient()); err != nil {
		return nil, &ResponseError{Wiki: e.label, Err: err}
	}
	if err := reported(r.Error, r.Errors); err != nil {
		err.Wiki, err.Status = e.label, e.last.status
		if e.bearer && err.Code == codeNoAccount {
			return nil, fmt.Errorf("%w: %w", errNoAccount, err)
		}
		return nil, err
	}
	if e.last.status >= http.StatusBadRequest {
		return nil, &StatusError{Status: e.last.status, Wiki: e.label}
	}
	return r, nil
}

// apiErrorIn returns the error that an answer reports, or nil.
func apiErrorIn(body []byte) *APIError {
	var report struct {
		Error  *oneError  `json:"error"`
		Errors []oneError `json:"errors"`
	}
	if err := json.Unmarshal(body, &report, lenient()); err != nil {
		return nil
	}
	return reported(report.Error, report.Errors)
}

func reported(one *oneError, several []oneError) *APIError {
	if one == nil && len(several) > 0 {
		one = &several[0]
	}
	if one == nil {
		return nil
	}
	info := one.Info
	if info == "" {
		info = one.Text
	}
	return &APIError{Code: shorten(one.Code), Info: shorten(info)}
}

// pages runs a query to its end, page by page. It holds one page at a time.
// Continuation is opaque: all of it is sent back, over the same parameters
// (https://www.mediawiki.org/wiki/API:Continue). A list, where given, tells whether
// an answer that does not say to continue is the last.
func (w *Wiki) pages(ctx context.Context, endpoint Endpoint, p params.Values, tolerate bool, list *listing, each func(*reply) (more bool, err error)) error {
	const mostPages, mostRepeats = 20_000, 3
	asked := maps.Clone(p)
	seen := map[string]bool{}
	repeats := 0
	for n := 0; n < mostPages; n++ {
		r, err := w.query(ctx, endpoint, asked, tolerate)
		if err != nil {
			return err
		}
		next := r.Continue.String()
		var wrong error
		if next != "" && seen[next] {
			wrong = errCircle
		} else if next == "" {
			cut, err := w.cut(ctx, endpoint, list, r)
			if err != nil {
				return err
			}
			if cut {
				wrong = errCut
			}
		}
		if wrong != nil {
			// The page is thrown away and asked for again: a server that gave
			// a stale answer once gives the right one then.
			if repeats++; repeats > mostRepeats {
				return &ResponseError{Wiki: w.label(), Err: wrong}
			}
			w.c.stats.add(w.key(), endpoint, Counts{Retries: 1})
			if err := w.c.clock.Sleep(ctx, w.c.jitter(firstWait<<repeats)); err != nil {
				return err
			}
			continue
		}
		more, err := each(r)
		if err != nil || !more || next == "" {
			return err
		}
		seen[next] = true
		repeats = 0
		// Over the question as it was at first: a module that is done must not be
		// told to go on where it once did.
		asked = maps.Clone(p)
		for name, value := range r.Continue {
			asked[name] = value
		}
	}
	return &ResponseError{Wiki: w.label(), Err: fmt.Errorf("it does not end after %d pages", mostPages)}
}
