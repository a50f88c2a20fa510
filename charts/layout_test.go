package charts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"afterglow/charts/i18n"
)

// written is a text of a chart, where it stands and how large it is, in
// tenths of a pixel.
type written struct {
	text           string
	left, right, y int // of the baseline
	size           int
}

// texts reads the texts of a chart, as a browser would lay them out.
func texts(t *testing.T, svg []byte) (width int, all []written) {
	t.Helper()
	type state struct {
		size   int
		bold   bool
		anchor string
	}
	d := xml.NewDecoder(bytes.NewReader(svg))
	stack := []state{{size: 130}}
	rtl := false
	number := func(e xml.StartElement, name string) int {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				f, err := strconv.ParseFloat(a.Value, 64)
				if err != nil {
					t.Fatal(err)
				}
				return tenths(f)
			}
		}
		return 0
	}
	var open *written
	var name string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return width, all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name = e.Name.Local
			now := stack[len(stack)-1]
			for _, a := range e.Attr {
				if a.Name.Local == "direction" {
					rtl = a.Value == "rtl"
				}
				if a.Name.Local != "class" {
					continue
				}
				for _, class := range strings.Fields(a.Value) {
					for i := range styles {
						if s := &styles[i]; s.name == class {
							if s.size > 0 {
								now.size, now.bold = s.size, s.bold
							}
							if s.anchor != "" {
								now.anchor = s.anchor
							}
						}
					}
				}
			}
			stack = append(stack, now)
			switch name {
			case "svg":
				width = number(e, "width")
			case "text":
				open = &written{left: number(e, "x"), y: number(e, "y"), size: now.size}
			}
		case xml.CharData:
			if open != nil && name == "text" {
				now := stack[len(stack)-1]
				open.text += string(e)
				w := textWidth(e, now.size, now.bold)
				switch {
				case now.anchor == "middle":
					open.left -= w / 2
				case (now.anchor == "end") != rtl:
					open.left -= w
				}
				open.right = open.left + w
			}
		case xml.EndElement:
			stack = stack[:len(stack)-1]
			if e.Name.Local == "title" {
				name = "text" // what follows a text's title is its text
			}
			if e.Name.Local == "text" {
				all = append(all, *open)
				open = nil
			}
		}
	}
}

// Every text stands on the page and is at least ten pixels high, in every
// language and at every width, also in one that is longer than English by half.
func TestTextsStandOnThePage(t *testing.T) {
	for _, k := range append(kinds(), edges()...) {
		for _, lang := range append(i18n.Languages(), i18n.Pseudo) {
			for _, w := range []int{320, 480, 760, 1200, 1600} {
				svg, err := k.draw(Options{Lang: lang, Width: w, Title: true}, titleFor(lang))
				if err != nil {
					t.Fatal(err)
				}
				width, all := texts(t, svg)
				if len(all) == 0 {
					t.Errorf("%s has no text", k.name)
				}
				for _, x := range all {
					if x.left < 0 || x.right > width {
						t.Errorf("%s, %s, %d px: %q reaches from %d to %d of %d tenths", k.name, lang, w, x.text, x.left, x.right, width)
					}
					if x.size < 10*px {
						t.Errorf("%s, %s: %q is %d tenths high", k.name, lang, x.text, x.size)
					}
				}
			}
		}
	}
}

// No two texts cover each other. Numbers in cells of a heatmap and names that
// stand on their lines are placed by rules of their own and are held to it too.
func TestTextsDoNotMeet(t *testing.T) {
	for _, k := range append(kinds(), edges()...) {
		if k.name == "edge-not-numbers" { // broken figures may break the layout
			continue
		}
		for _, lang := range i18n.Languages() {
			for _, w := range []int{320, 640, 760, 1200} {
				svg, err := k.draw(Options{Lang: lang, Width: w, Title: true}, titleFor(lang))
				if err != nil {
					t.Fatal(err)
				}
				_, all := texts(t, svg)
				for i := range all {
					for j := range i {
						a, b := all[i], all[j]
						apart := (max(a.size, b.size)) * 8 / 10
						if max(a.left, b.left)+10 < min(a.right, b.right) && a.y < b.y+apart && b.y < a.y+apart {
							t.Errorf("%s, %s, %d px: %q and %q meet", k.name, lang, w, a.text, b.text)
						}
					}
				}
			}
		}
	}
}
