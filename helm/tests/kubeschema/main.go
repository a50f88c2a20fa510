// Command kubeschema cuts a JSON schema for each kind out of Kubernetes' own
// OpenAPI document, in the layout that kubeconform reads, so that manifests are
// checked without a network.
//
//	kubeschema SWAGGER DIR
//
// A schema is strict: an object refuses fields that the API does not know.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// schema is a node of the document. Its keys are JSON Schema's, whatever they are.
type schema = map[string]any

// refPrefix stands before a definition's name in a "$ref".
const refPrefix = "#/definitions/"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: kubeschema SWAGGER DIR")
		os.Exit(2)
	}
	n, err := cut(os.Args[1], os.Args[2])
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: no kind in it", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubeschema:", err)
		os.Exit(1)
	}
}

// cut writes the schemas and returns how many.
func cut(swagger, dir string) (int, error) {
	text, err := os.ReadFile(swagger)
	if err != nil {
		return 0, err
	}
	var document struct {
		Definitions map[string]schema `json:"definitions"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return 0, fmt.Errorf("%s: %w", swagger, err)
	}
	for name, d := range document.Definitions {
		strict(name, d)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, err
	}
	n := 0
	for name, d := range document.Definitions {
		for _, k := range kinds(d) {
			body, err := json.Marshal(standalone(name, k, document.Definitions))
			if err != nil {
				return n, err
			}
			if err := os.WriteFile(filepath.Join(dir, k.file()), body, 0o600); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// kind is a group, version and kind of the API.
type kind struct{ group, version, kind string }

// file is the name that kubeconform looks for: deployment-apps-v1.json. Of a
// group's name it takes the first part.
func (k kind) file() string {
	parts := []string{k.kind, k.version}
	if k.group != "" {
		group, _, _ := strings.Cut(k.group, ".")
		parts = []string{k.kind, group, k.version}
	}
	return strings.ToLower(strings.Join(parts, "-")) + ".json"
}

func (k kind) apiVersion() string {
	if k.group == "" {
		return k.version
	}
	return k.group + "/" + k.version
}

// kinds returns the kinds that a definition is of. The many that share one
// definition (DeleteOptions) are no manifests.
func kinds(d schema) []kind {
	list, _ := d["x-kubernetes-group-version-kind"].([]any)
	if len(list) != 1 {
		return nil
	}
	m, _ := list[0].(schema)
	text := func(key string) string { s, _ := m[key].(string); return s }
	return []kind{{text("group"), text("version"), text("kind")}}
}

// strict refuses unknown fields, and lets quantities and ports be numbers.
func strict(name string, d schema) {
	if strings.HasSuffix(name, ".resource.Quantity") || d["format"] == "int-or-string" {
		delete(d, "type")
		delete(d, "format")
		d["type"] = []string{"string", "number"}
		return
	}
	for _, v := range d {
		switch v := v.(type) {
		case schema:
			strict("", v)
		case []any:
			for _, e := range v {
				if e, ok := e.(schema); ok {
					strict("", e)
				}
			}
		}
	}
	if _, ok := d["properties"].(schema); ok && d["additionalProperties"] == nil {
		d["additionalProperties"] = false
	}
}

// standalone is the schema of one kind with every definition that it needs.
func standalone(name string, k kind, all map[string]schema) schema {
	needed := map[string]bool{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case schema:
			if ref, ok := v["$ref"].(string); ok {
				if to := strings.TrimPrefix(ref, refPrefix); !needed[to] {
					needed[to] = true
					visit(all[to])
				}
			}
			for _, e := range v {
				visit(e)
			}
		case []any:
			for _, e := range v {
				visit(e)
			}
		}
	}
	visit(schema{"$ref": refPrefix + name})
	definitions := schema{}
	for to := range needed {
		definitions[to] = all[to]
	}
	return schema{
		"$schema": "http://json-schema.org/draft-07/schema#",
		"allOf": []schema{
			{"$ref": refPrefix + name},
			{
				"required": []string{"apiVersion", "kind"},
				"properties": schema{
					"apiVersion": schema{"enum": []string{k.apiVersion()}},
					"kind":       schema{"enum": []string{k.kind}},
				},
			},
		},
		"definitions": definitions,
	}
}
