package charts

// Allowed returns the elements that a chart's SVG may hold, each with its
// attributes. A page that takes an SVG apart and builds it anew, such as the
// gadget, may drop all else. Values are numbers, path data, our class names,
// colours, and the fixed words below; only text content comes from outside.
func Allowed() map[string][]string {
	look := []string{"class", "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray"}
	with := func(names ...string) []string { return append(names, look...) }
	return map[string][]string{
		"svg":    {"xmlns", "class", "viewBox", "width", "height", "role", "lang", "direction"},
		"title":  {},
		"desc":   {},
		"style":  {},
		"g":      {"class"},
		"rect":   with("x", "y", "width", "height"),
		"path":   with("d"),
		"circle": with("cx", "cy", "r"),
		"text":   with("x", "y", "font-size", "transform"),
	}
}
