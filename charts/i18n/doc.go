// Package i18n holds the words of charts and pages in each language: messages
// in banana JSON (as MediaWiki's), plurals, numbers, percentages, dates and the
// direction of writing. It knows nothing of charts.
package i18n
