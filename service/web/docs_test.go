package web

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"afterglow/service/store"
)

var update = flag.Bool("update", false, "write the examples of docs/api.md anew")

var example = regexp.MustCompile("(?s)<!-- example (\\S+) -->\n```json\n(.*?)```")

const apiDoc = "../../docs/api.md"

// TestExamples: each example in docs/api.md has the shape of the real answer:
// the same fields with the same types. Lists are cut short there.
func TestExamples(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Snapshots, _ = o.Campaigns.(Snapshots) })
	publish(t, f.store, libraries, 1)
	f.clock.add(time.Second)
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
		sameShape(t, address, m[2], f.get(t, address).body)
	}
}

// sameShape holds an example to a real answer.
func sameShape(t *testing.T, name string, example, answer []byte) {
	t.Helper()
	var written, real any
	if err := json.Unmarshal(example, &written); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if err := json.Unmarshal(answer, &real); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got, want := map[string][]string{}, map[string][]string{}
	shape(got, "", written)
	shape(want, "", real)
	for path, types := range want {
		if _, ok := got[path]; !ok {
			t.Errorf("%s: the example lacks %s", name, path)
		}
		for _, kind := range got[path] {
			if !slices.Contains(types, kind) {
				t.Errorf("%s: %s is %s in the example, %q in the answer", name, path, kind, types)
			}
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s: %s is in the example, not in the answer", name, path)
		}
	}
}

// TestChangingExamples does what docs/api.md says signed-in people do, with its
// own request bodies, and holds its answers to the real ones.
func TestChangingExamples(t *testing.T) {
	doc, err := os.ReadFile(apiDoc)
	if err != nil {
		t.Fatal(err)
	}
	p := newPeople(t, nil)
	requests := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)<!-- request (\\S+) -->\n```json\n(.*?)```").FindAllSubmatch(doc, -1) {
		requests[string(m[1])] = string(m[2])
	}
	answers := map[string][]byte{}
	for _, step := range []struct {
		name, method, address string
		who                   Person
		status                int
	}{
		{"track", http.MethodPost, trackPath, stranger(), http.StatusCreated},
		{"list", http.MethodPost, trackPath, listOwner(), http.StatusCreated},
		{"refresh", http.MethodPost, "/v1/campaigns/" + fresh104 + "/refresh", stranger(), http.StatusAccepted},
		{"participants", http.MethodGet, "/v1/campaigns/" + libraries + "/participants?limit=2", organizer(), http.StatusOK},
	} {
		if step.name == "refresh" { // of which something can be told
			j, err := p.store.CreateJob(t.Context(), fresh104)
			for err == nil && (j.Campaign != fresh104 || j.Holder == "") {
				j, err = p.store.ClaimJob(t.Context(), "worker")
			}
			j.Phase, j.Wiki, j.Done, j.Total, j.Error = "contributions", "enwiki", 120, 640, "enwiki: 503"
			if err := errors.Join(err, p.store.UpdateJob(t.Context(), &j)); err != nil {
				t.Fatal(err)
			}
		}
		a := p.as(t, step.who, step.method, step.address, requests[step.name], "Content-Type", asJSON)
		if a.StatusCode != step.status {
			t.Errorf("%s: %d %s", step.name, a.StatusCode, a.body)
		}
		answers[step.name] = a.body
	}
	block := regexp.MustCompile("(?s)<!-- answer (\\S+) -->\n```json\n(.*?)```")
	if *update {
		doc = block.ReplaceAllFunc(doc, func(b []byte) []byte {
			name := string(block.FindSubmatch(b)[1])
			return []byte("<!-- answer " + name + " -->\n```json\n" + short(t, answers[name]) + "\n```")
		})
	}
	events := regexp.MustCompile("(?s)<!-- events -->\n```\n(.*?)```")
	j, err := p.store.LatestJob(t.Context(), fresh104)
	if err != nil {
		t.Fatal(err)
	}
	j.State, j.Phase, j.Wiki, j.Error = store.Done, "done", "", ""
	if err := p.store.UpdateJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	stream := p.get(t, "/v1/jobs/"+j.ID+"/events").body
	feed := regexp.MustCompile("(?s)<!-- feed -->\n```xml\n(.*?)```")
	publish(t, p.store, libraries, 1)
	atom := p.get(t, "/v1/feed.atom").body
	if *update {
		doc = events.ReplaceAllLiteral(doc, []byte("<!-- events -->\n```\n"+string(stream)+"```"))
		doc = feed.ReplaceAllLiteral(doc, []byte("<!-- feed -->\n```xml\n"+string(atom)+"```"))
		if err := os.WriteFile(apiDoc, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := block.FindAllSubmatch(doc, -1)
	if len(found) != len(answers) {
		t.Errorf("%d examples of %d answers", len(found), len(answers))
	}
	for _, m := range found {
		sameShape(t, string(m[1]), m[2], answers[string(m[1])])
	}
	data := regexp.MustCompile(`(?m)^event: (\S+)\nid: \d+\ndata: (.*)$`)
	written, real := data.FindSubmatch(only(t, events, doc)), data.FindSubmatch(stream)
	if written == nil || real == nil || string(written[1]) != string(real[1]) {
		t.Fatalf("events are written as %q, and come as %q", written, real)
	}
	sameShape(t, "events", written[2], real[2])
	if got, want := elements(t, only(t, feed, doc)), elements(t, atom); !slices.Equal(got, want) {
		t.Errorf("the feed is written with %q, and comes with %q", got, want)
	}
}

// only is the one block of a document that a pattern finds.
func only(t *testing.T, pattern *regexp.Regexp, doc []byte) []byte {
	t.Helper()
	m := pattern.FindSubmatch(doc)
	if m == nil {
		t.Fatalf("docs/api.md has no %s", pattern)
	}
	return m[1]
}

// elements is the names of a document's elements and attributes, in order.
func elements(t *testing.T, text []byte) []string {
	t.Helper()
	var names []string
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
			for _, a := range start.Attr {
				names = append(names, "@"+a.Name.Local)
			}
		}
	}
}

// TestDocumentedRules: the table of who may do what is the one that holds, and
// every type of problem is in the other.
func TestDocumentedRules(t *testing.T) {
	doc, err := os.ReadFile(apiDoc)
	if err != nil {
		t.Fatal(err)
	}
	for a, r := range rules {
		contains(t, string(doc), fmt.Sprintf("| %s | %s | %s |\n", a, r.event, r.list))
	}
	source, err := os.ReadFile("problem.go")
	if err != nil {
		t.Fatal(err)
	}
	types := regexp.MustCompile(`"(urn:afterglow:problem:[a-z-]+)"`).FindAllSubmatch(source, -1)
	if len(types) < 15 {
		t.Errorf("only %d types", len(types))
	}
	for _, m := range types {
		contains(t, string(doc), "| `"+string(m[1])+"` |")
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
