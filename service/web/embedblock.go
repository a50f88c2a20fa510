package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"afterglow/retention"
	"afterglow/service/store"
)

// wikiBlock is what somebody copies to put a chart on a wiki page.
type wikiBlock struct {
	Template string // wikitext
	Element  string // HTML for a wiki without the template
}

// newWikiBlock writes the template and the element of docs/gadget.md for a
// campaign's curve, by the definition of the page.
func newWikiBlock(c store.Campaign, values url.Values) wikiBlock {
	args := map[string]string{}
	for _, name := range retention.DefinitionParams(retention.MeasureRetention) {
		if values.Has(name) {
			args[name] = values.Get(name)
		}
	}
	return wikiBlockOf(c, args)
}

// wikiBlockOf writes them for parameters of a chart, which docs/gadget.md spells
// with hyphens. A list has commas there: a bar would end the template's argument.
func wikiBlockOf(c store.Campaign, params map[string]string) wikiBlock {
	args := map[string]string{}
	for name, value := range params {
		args[strings.ReplaceAll(name, "_", "-")] = strings.ReplaceAll(value, "|", ",")
	}
	first := []string{"campaign"}
	if c.Source.Kind == "event" {
		first = []string{"event", "wiki"}
		args["event"], args["wiki"] = strconv.FormatInt(c.Source.Event, 10), c.Source.Wiki
	} else {
		args["campaign"] = c.ID
	}
	rest := slices.DeleteFunc(slices.Sorted(maps.Keys(args)), func(name string) bool { return slices.Contains(first, name) })
	b := wikiBlock{Template: "{{Campaign retention", Element: `<div class="afterglow"`}
	for _, name := range append(first, rest...) {
		b.Template += " |" + name + "=" + args[name]
		b.Element += " data-" + name + `="` + args[name] + `"`
	}
	b.Template += "}}"
	b.Element += "></div>"
	return b
}
