package web

import (
	"context"
	_ "embed" // the description
	"net/http"
)

//go:embed openapi.yaml
var openapiYAML []byte

// openapi answers with the API's description.
func (s *Server) openapi(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "openapi.yaml", nil); err != nil {
		return err
	}
	return s.remembered(w, r, cacheFigures, s.tag("openapi", string(openapiYAML)), func(context.Context) (*answer, error) {
		return &answer{contentType: "application/yaml", csp: dataCSP, body: openapiYAML}, nil
	})
}
