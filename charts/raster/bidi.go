package raster

import "golang.org/x/text/unicode/bidi"

// levels returns the embedding level of each rune of a line, by Unicode's
// bidirectional algorithm (UAX #9): rules W1–W7, N0–N2, I1–I2, and isolates.
// Embeddings and overrides, which charts leave out of text, are not handled.
//
// The bidi packages at hand give runs by direction only: they join a number
// within Arabic (level 2) to the Latin text after it (level 0), and the two
// then cannot be told apart when runs are put in order.
func levels(text []rune, rtl bool) []int {
	p := &paragraph{text: text, class: make([]bidi.Class, len(text)), level: make([]int, len(text))}
	for i, r := range text {
		props, _ := bidi.LookupRune(r)
		p.class[i] = props.Class()
	}
	base := 0
	if rtl {
		base = 1
	}
	p.resolve(0, len(text), base)
	for i := len(text) - 1; i >= 0 && trails(p.class[i]); i-- { // L1
		p.level[i] = base
	}
	return p.level
}

// trails reports whether a class at the end of a line has the line's direction.
func trails(c bidi.Class) bool {
	switch c {
	case bidi.WS, bidi.FSI, bidi.LRI, bidi.RLI, bidi.PDI, bidi.BN:
		return true
	}
	return false
}

type paragraph struct {
	text  []rune
	class []bidi.Class
	level []int
}

// resolve sets the levels of text[from:to], which has the level given, and of
// the isolates within.
func (p *paragraph) resolve(from, to, level int) {
	var at []int // the runes of this level: all but what isolates hold
	var kind []bidi.Class
	for i := from; i < to; i++ {
		switch c := p.class[i]; c {
		case bidi.LRI, bidi.RLI, bidi.FSI:
			end := p.match(i, to)
			inner := level + 2 - level%2 // the next even level
			if c == bidi.RLI || c == bidi.FSI && p.startsRTL(i+1, end) {
				inner = level + 1 + level%2 // the next odd level
			}
			at, kind = append(at, i), append(kind, bidi.ON)
			p.resolve(i+1, end, inner)
			if end < to {
				at, kind = append(at, end), append(kind, bidi.ON)
			}
			i = end
		case bidi.BN, bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF:
			p.level[i] = level
		case bidi.PDI:
			at, kind = append(at, i), append(kind, bidi.ON)
		default:
			at, kind = append(at, i), append(kind, c)
		}
	}
	edge := bidi.L
	if level%2 == 1 {
		edge = bidi.R
	}
	weak(kind, edge)
	p.brackets(at, kind, edge)
	neutral(kind, edge)
	for j, i := range at {
		p.level[i] = level
		switch { // I1, I2
		case level%2 == 0 && kind[j] == bidi.R:
			p.level[i]++
		case level%2 == 0 && (kind[j] == bidi.AN || kind[j] == bidi.EN):
			p.level[i] += 2
		case level%2 == 1 && kind[j] != bidi.R:
			p.level[i]++
		}
	}
}

// match returns where the isolate that starts at i ends: its PDI, or to.
func (p *paragraph) match(i, to int) int {
	depth := 0
	for j := i; j < to; j++ {
		switch p.class[j] {
		case bidi.LRI, bidi.RLI, bidi.FSI:
			depth++
		case bidi.PDI:
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return to
}

// startsRTL reports whether the first strong letter is of a script that runs
// from right to left (P2, P3).
func (p *paragraph) startsRTL(from, to int) bool {
	for i := from; i < to; i++ {
		switch p.class[i] {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		case bidi.LRI, bidi.RLI, bidi.FSI:
			i = p.match(i, to)
		}
	}
	return false
}

// weak resolves numbers and what stands beside them (W1–W7).
func weak(kind []bidi.Class, edge bidi.Class) {
	before, strong := edge, edge
	for i, c := range kind {
		switch c {
		case bidi.NSM: // W1
			kind[i] = before
		case bidi.EN: // W2
			if strong == bidi.AL {
				kind[i] = bidi.AN
			}
		}
		before = kind[i]
		if isStrong(before) {
			strong = before
		}
	}
	for i := range kind { // W3
		if kind[i] == bidi.AL {
			kind[i] = bidi.R
		}
	}
	for i := 1; i+1 < len(kind); i++ { // W4
		a, b := kind[i-1], kind[i+1]
		if a == b && (kind[i] == bidi.CS && (a == bidi.EN || a == bidi.AN) || kind[i] == bidi.ES && a == bidi.EN) {
			kind[i] = a
		}
	}
	for i := 0; i < len(kind); i++ { // W5
		if kind[i] != bidi.ET {
			continue
		}
		end := i
		for end < len(kind) && kind[end] == bidi.ET {
			end++
		}
		if i > 0 && kind[i-1] == bidi.EN || end < len(kind) && kind[end] == bidi.EN {
			for j := i; j < end; j++ {
				kind[j] = bidi.EN
			}
		}
		i = end - 1
	}
	strong = edge
	for i, c := range kind {
		switch c {
		case bidi.ES, bidi.ET, bidi.CS: // W6
			kind[i] = bidi.ON
		case bidi.EN: // W7
			if strong == bidi.L {
				kind[i] = bidi.L
			}
		case bidi.L, bidi.R:
			strong = c
		}
	}
}

func isStrong(c bidi.Class) bool { return c == bidi.L || c == bidi.R || c == bidi.AL }

// side is the direction that a class counts as among neutrals, or ON.
func side(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return bidi.ON
}

// brackets gives paired brackets one direction (N0).
func (p *paragraph) brackets(at []int, kind []bidi.Class, edge bidi.Class) {
	type pair struct{ open, close int }
	var pairs []pair
	var stack []int
	for j, i := range at {
		if kind[j] != bidi.ON {
			continue
		}
		if closing := closer(p.text[i]); closing != 0 {
			stack = append(stack, j)
			continue
		}
		for k := len(stack) - 1; k >= 0; k-- {
			if closer(p.text[at[stack[k]]]) == p.text[i] {
				pairs = append(pairs, pair{stack[k], j})
				stack = stack[:k]
				break
			}
		}
	}
	// In the order of the opening brackets: a few at most.
	for i := range pairs {
		for j := i + 1; j < len(pairs); j++ {
			if pairs[j].open < pairs[i].open {
				pairs[i], pairs[j] = pairs[j], pairs[i]
			}
		}
	}
	for _, b := range pairs {
		found, other := false, false
		for j := b.open + 1; j < b.close; j++ {
			switch s := side(kind[j]); {
			case s == edge:
				found = true
			case s != bidi.ON:
				other = true
			}
		}
		switch {
		case found:
			p.setBracket(at, kind, b.open, edge)
			p.setBracket(at, kind, b.close, edge)
		case other:
			context := edge
			for j := b.open - 1; j >= 0; j-- {
				if s := side(kind[j]); s != bidi.ON {
					context = s
					break
				}
			}
			p.setBracket(at, kind, b.open, context)
			p.setBracket(at, kind, b.close, context)
		}
	}
}

// setBracket sets a bracket's direction, and that of marks that combine with it.
func (p *paragraph) setBracket(at []int, kind []bidi.Class, j int, c bidi.Class) {
	kind[j] = c
	for k := j + 1; k < len(at) && p.class[at[k]] == bidi.NSM; k++ {
		kind[k] = c
	}
}

func closer(r rune) rune {
	switch r {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	case '⟦':
		return '⟧'
	case '「':
		return '」'
	case '（':
		return '）'
	}
	return 0
}

// neutral gives spaces and signs the direction of what is on both sides, or of
// the line (N1, N2).
func neutral(kind []bidi.Class, edge bidi.Class) {
	for i := 0; i < len(kind); i++ {
		if side(kind[i]) != bidi.ON {
			continue
		}
		end := i
		for end < len(kind) && side(kind[end]) == bidi.ON {
			end++
		}
		before, after := edge, edge
		if i > 0 {
			before = side(kind[i-1])
		}
		if end < len(kind) {
			after = side(kind[end])
		}
		to := edge
		if before == after {
			to = before
		}
		for j := i; j < end; j++ {
			kind[j] = to
		}
		i = end - 1
	}
}
