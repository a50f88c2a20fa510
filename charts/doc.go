// Package charts draws retention's results as safe, accessible SVG (and PNG),
// on go-chart's Renderer, ranges and ticks.
//
// It owns the look (Codex colours, type, spacing), the text of charts and its
// translations, and the escaping of every text and attribute. It takes
// retention's own result types and does not compute statistics.
package charts
