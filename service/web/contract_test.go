package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gorilla/mux"
)

// contract is openapi.yaml, read once.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(context.Background(), openapi3.IsOpenAPI31OrLater())
})

var contractRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := contract()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// checked is a server whose answers are held to openapi.yaml as they leave it.
func checked(tb testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var content bytes.Buffer
		asked := r.Clone(context.WithoutCancel(r.Context()))
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(r.Body, &content), r.Body}
		}
		kept := &keptWriter{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(kept, r)
		asked.Body = io.NopCloser(&content)
		checkContract(tb, asked, &http.Response{StatusCode: kept.status, Header: w.Header().Clone()}, kept.body.Bytes())
	})
}

// keptWriter keeps what is written through it.
type keptWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptWriter) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *keptWriter) Write(b []byte) (int, error) {
	k.body.Write(b)
	return k.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (k *keptWriter) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// checkContract holds an exchange to openapi.yaml: what send, a browser and a
// checked server see goes through here. Pages and refused paths are not in it,
// nor is OPTIONS, which a browser asks of every address alike.
func checkContract(tb testing.TB, r *http.Request, res *http.Response, body []byte) {
	tb.Helper()
	router, err := contractRouter()
	if err != nil {
		tb.Fatal(err)
	}
	if r.Method == http.MethodOptions {
		return
	}
	head := r.Method == http.MethodHead
	if head { // it is GET's, without the body
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
		if len(body) > 0 {
			tb.Errorf("HEAD %s: a body of %d bytes", r.URL, len(body))
		}
	}
	route, params, err := router.FindRoute(r)
	if err != nil {
		return // not of the API
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil && res.StatusCode < 400 {
		tb.Errorf("%s: the description refuses what the server answers with %d: %v", r.URL, res.StatusCode, err)
	}
	described := route.Operation.Responses.Status(res.StatusCode)
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	isJSON := slices.Contains([]string{"application/json", "application/problem+json"}, res.Header.Get("Content-Type"))
	if len(body) == 0 || !isJSON {
		// No schema says more of pictures and text than their type, which
		// kin-openapi cannot decode.
		switch {
		case described == nil && head && res.StatusCode >= 400: // a problem, as any operation's default
		case described == nil:
			tb.Errorf("%s %s: %d %s is not described", r.Method, r.URL, res.StatusCode, media)
		case res.StatusCode == http.StatusOK && (len(body) > 0 || head) && described.Value.Content.Get(media) == nil:
			tb.Errorf("%s %s: 200 %s is not described", r.Method, r.URL, media)
		case media == "text/event-stream":
			checkEvents(tb, body)
		}
		return
	}
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			tb.Errorf("%s: gzip: %v", r.URL, err)
			return
		}
		if body, err = io.ReadAll(z); err != nil {
			tb.Errorf("%s: gzip: %v", r.URL, err)
			return
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body))}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		tb.Errorf("%s: %d is not as described: %.1500s\n%.1500s", r.URL, res.StatusCode, err, body)
	}
}

// checkEvents holds the data of a job's events to the schema of a job.
func checkEvents(tb testing.TB, body []byte) {
	tb.Helper()
	doc, err := contract()
	if err != nil {
		tb.Fatal(err)
	}
	name := ""
	for line := range strings.Lines(string(body)) {
		if text, ok := strings.CutPrefix(line, "event: "); ok {
			name = strings.TrimSpace(text)
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok || name == eventGone {
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			tb.Errorf("event %s: %v in %s", name, err, data)
		} else if err := doc.Components.Schemas["Job"].Value.VisitJSON(v); err != nil {
			tb.Errorf("event %s is no Job: %v", name, err)
		}
	}
}

// TestContractHoldsRoutes: whatever is served below /v1, by any method, is described.
func TestContractHoldsRoutes(t *testing.T) {
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	walked := 0
	err = newPeople(t, nil).router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, err := route.GetPathTemplate()
		if err != nil || !strings.HasPrefix(template, "/v1") {
			return err
		}
		methods, err := route.GetMethods()
		if err != nil {
			return err
		}
		path := withoutPatterns(template)
		paths := []string{path}
		if stem, ok := strings.CutSuffix(path, "{chart}.{format}"); ok {
			names := chartNames()
			if strings.HasPrefix(path, "/v1/compare/") {
				names = compared()
			}
			paths = nil
			for _, name := range names {
				paths = append(paths, stem+name+".{format}")
			}
		}
		for _, path := range paths {
			for _, method := range methods {
				if method == http.MethodHead || method == http.MethodOptions {
					continue // beside GET
				}
				walked++
				if item := doc.Paths.Value(path); item == nil || item.GetOperation(method) == nil {
					t.Errorf("%s %s is served, and not described", method, path)
				}
			}
		}
		return nil
	})
	if err != nil || walked < 20 {
		t.Errorf("%d operations were found: %v", walked, err)
	}
}

// withoutPatterns is a path of the router as OpenAPI writes it: {id:[a-z]{2}} is {id}.
func withoutPatterns(template string) string {
	var out strings.Builder
	depth, pattern := 0, false
	for _, c := range template {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			pattern = false
		} else if depth == 1 && c == ':' {
			pattern = true
		}
		if !pattern {
			out.WriteRune(c)
		}
	}
	return out.String()
}

// TestContractHoldsParameters: the description lists for each path exactly the
// parameters that its handler allows.
func TestContractHoldsParameters(t *testing.T) {
	doc, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"GET /v1/campaigns": listParams(), "POST /v1/campaigns": {"uselang"},
		"GET /v1/campaigns/{id}": nil, "DELETE /v1/campaigns/{id}": {"uselang"}, "POST /v1/campaigns/{id}/refresh": {"uselang"},
		"GET /v1/campaigns/{id}/participants": {"limit", "cursor"}, "GET /v1/campaigns/{id}/snapshots/{mark}.json": nil,
		"GET /v1/campaigns/{id}/feed.atom": {"uselang"}, "GET /v1/feed.atom": {"uselang"},
		"GET /v1/jobs/{job}": nil, "GET /v1/jobs/{job}/events": nil,
		"GET /openapi.yaml": nil, "GET /healthz": nil, "GET /readyz": nil, "GET /metrics": nil,
	}
	for _, name := range chartNames() {
		kind, _ := kindOf(name)
		var all []string
		for _, format := range kind.formats {
			all = append(all, kind.paramsOf(format)...)
		}
		want["GET /v1/campaigns/{id}/"+name+".{format}"] = all
	}
	for _, name := range compared() {
		kind, _ := kindOf(name)
		all := []string{"campaign", "highlight"}
		if name == "retention" {
			all = append(all, "rollup")
		}
		for _, format := range formats() {
			all = append(all, kind.paramsOf(format)...)
		}
		want["GET /v1/compare/"+name+".{format}"] = all
	}
	described := map[string]bool{}
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, operation := range doc.Paths.Value(path).Operations() {
			key := method + " " + path
			described[key] = true
			names, ok := want[key]
			if !ok {
				t.Errorf("%s is described, but nothing here serves it", key)
			}
			var got []string
			for _, p := range operation.Parameters {
				if p.Value.In == "query" {
					got = append(got, p.Value.Name)
				}
			}
			slices.Sort(got)
			slices.Sort(names)
			if names = slices.Compact(names); !slices.Equal(got, names) {
				t.Errorf("%s: described are %q, allowed are %q", key, got, names)
			}
		}
	}
	for key := range want {
		if !described[key] {
			t.Errorf("%s is not described", key)
		}
	}
}
