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
	if r.Method != http.MethodGet {
		return // HEAD and OPTIONS are GET's
	}
	route, params, err := router.FindRoute(r)
	if err != nil {
		return // not of the API
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{}}
	requestErr := openapi3filter.ValidateRequest(r.Context(), in)
	switch {
	case requestErr != nil && res.StatusCode < 400:
		tb.Errorf("%s: the description refuses what the server answers with %d: %v", r.URL, res.StatusCode, requestErr)
	case res.Header.Get("Content-Encoding") != "" || res.StatusCode == http.StatusNotModified:
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
	want := map[string][]string{"/v1/campaigns": listParams(), "/v1/campaigns/{id}": nil, "/openapi.yaml": nil, "/healthz": nil, "/readyz": nil, "/metrics": nil}
	for _, name := range chartNames() {
		kind, _ := kindOf(name)
		var all []string
		for _, format := range kind.formats {
			all = append(all, kind.paramsOf(format)...)
		}
		want["/v1/campaigns/{id}/"+name+".{format}"] = all
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
		want["/v1/compare/"+name+".{format}"] = all
	}
	for path, names := range want {
		item := doc.Paths.Value(path)
		if item == nil {
			t.Errorf("%s is not described", path)
			continue
		}
		var got []string
		for _, p := range item.Get.Parameters {
			got = append(got, p.Value.Name)
		}
		slices.Sort(got)
		slices.Sort(names)
		if names = slices.Compact(names); !slices.Equal(got, names) {
			t.Errorf("%s: described are %q, allowed are %q", path, got, names)
		}
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is described, but nothing here serves it", path)
		}
	}
}
