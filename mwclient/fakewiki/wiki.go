package fakewiki

import (
	"slices"
	"sort"
	"strings"
)

// wiki is one wiki of the farm.
type wiki struct {
	WikiSpec
	index   int
	content []int // content namespaces
	url     string
	locals  []localRef // by local id
	log     []logEntry // the log of new accounts, by log id
	made    content    // pages and files that were set
}

// localRef finds the person behind a local account.
type localRef struct {
	id     int64
	person int32
}

// logEntry is a line of the log of new accounts; its log id is its place in
// wiki.log plus one.
type logEntry struct {
	time   int64
	person int32
	kind   creation
}

// standardNamespaces are MediaWiki's and CampaignEvents' own.
func standardNamespaces() map[int]string {
	return map[int]string{-2: "Media", -1: "Special", 0: "", 1: "Talk", 2: "User", 3: "User talk",
		4: "Project", 5: "Project talk", 6: "File", 7: "File talk", 8: "MediaWiki", 9: "MediaWiki talk",
		10: "Template", 11: "Template talk", 12: "Help", 13: "Help talk", 14: "Category", 15: "Category talk",
		eventNamespace: "Event", eventNamespace + 1: "Event talk"}
}

const eventNamespace = 1728

func newWiki(spec WikiSpec, index int) *wiki {
	if spec.Name == "" {
		spec.Name = spec.DB
	}
	if spec.Lang == "" {
		spec.Lang = "en"
	}
	if spec.Code == "" {
		spec.Code = "wiki"
	}
	names := standardNamespaces()
	names[4], names[5] = spec.Name, spec.Name+" talk"
	for n, name := range spec.Namespaces {
		names[n] = name
	}
	spec.Namespaces = names
	w := &wiki{WikiSpec: spec, index: index, content: slices.Clone(spec.ContentNamespaces)}
	if len(w.content) == 0 {
		w.content = []int{0}
	}
	return w
}

// namespaceNumbers returns the numbers of all namespaces in order.
func (w *wiki) namespaceNumbers() []int {
	out := make([]int, 0, len(w.Namespaces))
	for n := range w.Namespaces {
		out = append(out, n)
	}
	sort.Ints(out)
	return out
}

// prefix is a namespace's name and colon; empty for the main one.
func (w *wiki) prefix(ns int) string {
	if name := w.Namespaces[ns]; name != "" {
		return name + ":"
	}
	return ""
}

// namespaceOf splits a title; its namespace may be given by its name here or by
// the canonical one.
func (w *wiki) namespaceOf(title string) (ns int, rest string) {
	before, after, ok := strings.Cut(title, ":")
	if !ok {
		return 0, title
	}
	for n, name := range w.Namespaces {
		if name != "" && strings.EqualFold(name, before) {
			return n, strings.TrimSpace(after)
		}
	}
	for n, name := range standardNamespaces() {
		if name != "" && strings.EqualFold(name, before) {
			return n, strings.TrimSpace(after)
		}
	}
	for name, n := range w.Aliases {
		if strings.EqualFold(name, before) {
			return n, strings.TrimSpace(after)
		}
	}
	return 0, title
}

// byLocalID finds a person by the local id; −1 if nobody has it.
func (w *wiki) byLocalID(id int64) int32 {
	i := sort.Search(len(w.locals), func(i int) bool { return w.locals[i].id >= id })
	if i < len(w.locals) && w.locals[i].id == id {
		return w.locals[i].person
	}
	return -1
}
