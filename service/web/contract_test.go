package web

import (
	"bytes"
	"context"
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

// checkContract holds an exchange to openapi.yaml: every answer of the API in
// every test goes through here. Pages and refused paths are not in it.
func checkContract(tb testing.TB, r *http.Request, res *http.Response, body []byte) {
	tb.Helper()
	router, err := contractRouter()
	if err != nil {
		tb.Fatal(err)
	}
	if r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return // they are GET's
	}
	route, params, err := router.FindRoute(r)
	if err != nil {
		return // not of the API
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	requestErr := openapi3filter.ValidateRequest(r.Context(), in)
	switch {
	case requestErr != nil && res.StatusCode < 400:
		tb.Errorf("%s: the description refuses what the server answers with %d: %v", r.URL, res.StatusCode, requestErr)
	case res.Header.Get("Content-Encoding") != "" || res.StatusCode == http.StatusNotModified:
		return
	}
	if len(body) == 0 {
		if described := route.Operation.Responses.Status(res.StatusCode); described == nil {
			tb.Errorf("%s %s: %d is not described", r.Method, r.URL, res.StatusCode)
		}
		return
	}
	if !slices.Contains([]string{"application/json", "application/problem+json"}, res.Header.Get("Content-Type")) {
		// No schema says more of pictures and text than their type, which
		// kin-openapi cannot decode.
		media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
		if described := route.Operation.Responses.Status(res.StatusCode); described == nil || res.StatusCode == http.StatusOK && described.Value.Content.Get(media) == nil {
			tb.Errorf("%s: %d %s is not described", r.URL, res.StatusCode, media)
		}
		return
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body))}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		tb.Errorf("%s: %d is not as described: %.1500s\n%.1500s", r.URL, res.StatusCode, err, body)
	}
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
