package web

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the examples of docs/api.md anew")

var example = regexp.MustCompile("(?s)<!-- example (\\S+) -->\n```json\n(.*?)```")

const apiDoc = "../../docs/api.md"

// TestExamples: each example in docs/api.md has the shape of the real answer:
// the same fields with the same types. Lists are cut short there.
func TestExamples(t *testing.T) {
	f := shared()
	doc, err := os.ReadFile(apiDoc)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		doc = example.ReplaceAllFunc(doc, func(block []byte) []byte {
			address := string(example.FindSubmatch(block)[1])
			return []byte("<!-- example " + address + " -->\n```json\n" + short(t, f.get(t, address).body) + "\n```")
		})
		if err := os.WriteFile(apiDoc, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := example.FindAllSubmatch(doc, -1)
	if len(found) < 15 {
		t.Errorf("only %d examples", len(found))
	}
	for _, m := range found {
		address := string(m[1])
		var written, real any
		if err := json.Unmarshal(m[2], &written); err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if err := json.Unmarshal(f.get(t, address).body, &real); err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		got, want := map[string][]string{}, map[string][]string{}
		shape(got, "", written)
		shape(want, "", real)
		for path, types := range want {
			if _, ok := got[path]; !ok {
				t.Errorf("%s: the example lacks %s", address, path)
			}
			for _, kind := range got[path] {
				if !slices.Contains(types, kind) {
					t.Errorf("%s: %s is %s in the example, %q in the answer", address, path, kind, types)
				}
			}
		}
		for path := range got {
			if _, ok := want[path]; !ok {
				t.Errorf("%s: %s is in the example, not in the answer", address, path)
			}
		}
	}
}

// shape notes the types at each path; the elements of a list are one path.
func shape(into map[string][]string, path string, v any) {
	kind := fmt.Sprintf("%T", v)
	if !slices.Contains(into[path], kind) {
		into[path] = append(into[path], kind)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			shape(into, path+"."+name, value)
		}
	case []any:
		for _, value := range v {
			shape(into, path+"[]", value)
		}
	}
}

// short is an answer with lists cut to what shows their shape.
func short(t *testing.T, body []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return layout(cut(v), order(body), "")
}

// cut keeps the elements of a list that have a shape of their own.
func cut(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range v {
			out[name] = cut(value)
		}
		return out
	case []any:
		out := []any{}
		seen := map[string]bool{}
		for _, value := range v {
			paths := map[string][]string{}
			shape(paths, "", value)
			key := fmt.Sprint(paths)
			if _, plain := value.(map[string]any); !plain || !seen[key] {
				out = append(out, cut(value))
			}
			seen[key] = true
		}
		return out
	}
	return v
}

// order is the order in which the fields of an answer come first.
func order(body []byte) map[string]int {
	out := map[string]int{}
	for i, m := range regexp.MustCompile(`"([a-z_]+)":`).FindAllSubmatch(body, -1) {
		if _, ok := out[string(m[1])]; !ok {
			out[string(m[1])] = i
		}
	}
	return out
}

// layout writes JSON with short objects in one line.
func layout(v any, first map[string]int, indent string) string {
	flat, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		sort.Slice(names, func(i, j int) bool { return first[names[i]] < first[names[j]] })
		oneLine := len(flat)+len(indent) <= 150
		parts := make([]string, len(names))
		for i, name := range names {
			parts[i] = fmt.Sprintf("%q: %s", name, layout(v[name], first, indent+"  "))
		}
		if oneLine {
			return "{" + strings.Join(parts, ", ") + "}"
		}
		return "{\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + "\n" + indent + "}"
	case []any:
		if len(flat)+len(indent) <= 150 && !strings.Contains(string(flat), "{") {
			return strings.ReplaceAll(string(flat), ",", ", ")
		}
		parts := make([]string, len(v))
		for i, value := range v {
			parts[i] = layout(value, first, indent+"  ")
		}
		return "[\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + "\n" + indent + "]"
	}
	return string(flat)
}
