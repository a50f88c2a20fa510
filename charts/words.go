package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// StatusText says in l's language why a figure has no value; empty for one that
// has.
func StatusText(l *i18n.Locale, s retention.Status) string {
	switch s {
	case retention.Open, retention.Suppressed, retention.Empty:
		return l.Message(statusWord(s))
	}
	return ""
}

// GroupText names a group in l's language.
func GroupText(l *i18n.Locale, g retention.Group) string { return l.Message(groupName(g)) }

// statusWord is the message that says why there is no figure.
func statusWord(status retention.Status) string {
	switch status {
	case retention.Open:
		return "chart-open"
	case retention.Empty:
		return "chart-nobody"
	}
	return "chart-suppressed"
}

// groupName is the message that names a group.
func groupName(g retention.Group) string {
	switch g {
	case retention.Newcomers:
		return "chart-group-newcomers"
	case retention.Experienced:
		return "chart-group-experienced"
	case retention.FirstTime:
		return "chart-group-first-time"
	case retention.Repeat:
		return "chart-group-repeat"
	}
	return "chart-group-all"
}

// periodText names a period of activity and life cycle in l's language.
func periodText(l *i18n.Locale, p *retention.Period) string {
	switch p.Phase {
	case "before":
		return l.Message("chart-period-before", i18n.Int(-p.Number))
	case "during":
		return l.Message("chart-period-during")
	}
	return l.Message("chart-period-after", i18n.Int(p.Number))
}
