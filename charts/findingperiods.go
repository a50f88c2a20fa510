package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

func intensityFinding(dst []byte, loc *i18n.Locale, v *retention.Intensity) []byte {
	var best *retention.IntensityPoint
	status := retention.Empty
	for i := range v.Points {
		p := &v.Points[i]
		status = reason(status, p.Status)
		if p.Status.Known() && (best == nil || p.Month <= 3) {
			best = p
		}
	}
	if best == nil {
		return statusFinding(dst, loc, &v.Head, status)
	}
	return loc.Append(dst, "chart-finding-intensity", i18n.Int(best.Month), people(loc, v.Group, best.AtRisk),
		i18n.Percent(best.Shares[2]+best.Shares[3]), i18n.Percent(best.Shares[1]), i18n.Percent(best.Shares[0]), i18n.Int(5), i18n.Int(1), i18n.Int(4))
}

func activityFinding(dst []byte, loc *i18n.Locale, v *retention.Activity) []byte {
	var before, during, after *retention.ActivityPoint
	status := retention.Empty
	for i := range v.Points {
		p := &v.Points[i]
		status = reason(status, p.Status)
		switch {
		case !p.Status.Known():
		case p.Phase == "before" && p.Number == -1:
			before = p
		case p.Phase == "during":
			during = p
		case p.Phase == "after" && (after == nil || p.Number <= 3):
			after = p
		}
	}
	switch {
	case before != nil && during != nil && after != nil:
		return loc.Append(dst, "chart-finding-activity", people(loc, v.Group, after.AtRisk), i18n.Percent(before.Rate),
			i18n.Percent(during.Rate), i18n.Percent(after.Rate), i18n.Int(after.Number))
	case during != nil:
		return loc.Append(dst, "chart-finding-activity-during", i18n.Percent(during.Rate), people(loc, v.Group, during.AtRisk))
	}
	return statusFinding(dst, loc, &v.Head, status)
}

func lifecycleFinding(dst []byte, loc *i18n.Locale, v *retention.Lifecycle) []byte {
	var best *retention.LifecyclePoint
	status := retention.Empty
	for i := range v.Points {
		p := &v.Points[i]
		status = reason(status, p.Status)
		if p.Status.Known() && p.Phase == "after" && (best == nil || p.Number <= 3) {
			best = p
		}
	}
	if best == nil {
		return statusFinding(dst, loc, &v.Head, status)
	}
	return loc.Append(dst, "chart-finding-lifecycle", i18n.Int(best.Number), people(loc, v.Group, best.AtRisk),
		i18n.Int(best.New+best.Continuing+best.Returning), i18n.Int(best.New), i18n.Int(best.Continuing), i18n.Int(best.Returning), i18n.Int(best.Lapsed))
}
