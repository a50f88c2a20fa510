package charts

import (
	"afterglow/charts/sample"
	"afterglow/retention"
)

// picture is a chart of a golden file or of a test that looks at all.
type picture struct {
	name string
	draw func(o Options, title string) ([]byte, error)
}

func pictures(cases []sample.Case) []picture {
	var all []picture
	for _, c := range cases {
		all = append(all, picture{c.Name, func(o Options, title string) ([]byte, error) {
			o.Highlight = c.Highlight
			return SVG(c.Make(title), o)
		}})
	}
	return all
}

// kinds is one chart of each kind.
func kinds() []picture {
	return append(pictures(sample.Kinds()),
		picture{"sparkline", func(o Options, t string) ([]byte, error) { return Sparkline(sample.Curve(t, 60, 52, 12, 9), o) }},
		picture{"badge", func(o Options, t string) ([]byte, error) { return Badge(sample.Curve(t, 60, 52, 12, 9), o) }},
		picture{"placeholder", func(o Options, t string) ([]byte, error) {
			return Placeholder(sample.Head(retention.MeasureRetention, t, 112).Campaign, 40, 112, o)
		}})
}

// edges are charts of the shapes that figures take on their worst days.
func edges() []picture { return pictures(sample.Edges()) }
