package retention

// inPart is the assignment of everybody to the definition's group and its
// complement.
func (v *view) inPart(i int) int { return v.part(i) }

// inGroup is the assignment of the definition's group alone.
func (v *view) inGroup(i int) int {
	if v.part(i) == 0 {
		return 0
	}
	return nobody
}

// computeCurve is the retention curve of one cohort.
func computeCurve(c *Cohort, d Definition, o Options) (*Curve, error) {
	frames := d.frames(months(d.Months))
	if d.Preset != "" {
		frames = d.rule().presetFrames()
	}
	return curveOf(c, d, o, frames)
}

// curveOf is the curve over some frames.
func curveOf(c *Cohort, d Definition, o Options, frames []frame) (*Curve, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	assign := v.inPart
	if d.Anchor == AnchorRegistration || d.Preset != "" && d.Group != All {
		// No complement can be asked for in this definition's terms.
		assign = v.inGroup
	}
	parts := v.count(frames, d.rule().entry, 2, assign)
	if d.Group != All {
		return &Curve{
			Head:   v.head(MeasureRetention, o, parts[0].unknown),
			Series: Series{d.Group, parts[0].people, parts[0].points(frames, &parts[1], o)},
		}, nil
	}
	all := parts[0].plus(parts[1])
	r := &Curve{
		Head:   v.head(MeasureRetention, o, all.unknown),
		Series: Series{All, all.people, all.points(frames, nil, o)},
	}
	if d.Preset == "" {
		r.Groups = twoGroups(parts, frames, o)
	}
	return r, nil
}

// twoGroups is newcomers and experienced, each the other's complement.
func twoGroups(parts []tally, frames []frame, o Options) []Series {
	return []Series{
		{Newcomers, parts[0].people, parts[0].points(frames, &parts[1], o)},
		{Experienced, parts[1].people, parts[1].points(frames, &parts[0], o)},
	}
}

// computeMarks is the rates at the marks by group.
func computeMarks(c *Cohort, d Definition, o Options) (*Marks, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	frames := d.frames(MarkMonths())
	parts := v.count(frames, Window{}, 2, v.inPart)
	all := parts[0].plus(parts[1])
	return &Marks{
		Head:   v.head(MeasureMarks, o, all.unknown),
		Groups: append(twoGroups(parts, frames, o), Series{All, all.people, all.points(frames, nil, o)}),
	}, nil
}

// MarkMonths returns the months that organizers ask for, and at which figures are kept.
func MarkMonths() []int { return []int{1, 3, 6, 12} }
