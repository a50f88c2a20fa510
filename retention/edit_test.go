package retention_test

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"afterglow/retention"
)

func drawEdits(t *rapid.T) []retention.Edit {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) retention.Edit {
		return retention.Edit{
			Time:      rapid.Int64Range(0, math.MaxUint32).Draw(t, "time"),
			Namespace: rapid.OneOf(rapid.Int32Range(0, 15), rapid.Int32()).Draw(t, "namespace"),
			Reverted:  rapid.Bool().Draw(t, "reverted"),
		}
	}), 0, 300).Draw(t, "edits")
}

func sorted(edits []retention.Edit) []retention.Edit {
	out := slices.Clone(edits)
	slices.SortFunc(out, func(a, b retention.Edit) int {
		r := func(b bool) int { return map[bool]int{false: 0, true: 1}[b] }
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(r(a.Reverted), r(b.Reverted)))
	})
	return out
}

func TestPackIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		edits := drawEdits(rt)
		before := slices.Clone(edits)
		packed, err := retention.Pack(edits)
		if err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(edits, before) {
			rt.Fatal("Pack changed its input")
		}
		got, err := retention.Unpack(packed)
		if err != nil {
			rt.Fatal(err)
		}
		if want := sorted(edits); !slices.Equal(got, want) {
			rt.Fatalf("%v, want %v", got, want)
		}
		slices.Reverse(edits)
		if again, _ := retention.Pack(edits); !bytes.Equal(again, packed) {
			rt.Fatal("equal edits in another order are packed otherwise")
		}
	})
}

func TestPackRefuses(t *testing.T) {
	for _, time := range []int64{-1, math.MaxUint32 + 1, math.MaxInt64, math.MinInt64} {
		if _, err := retention.Pack([]retention.Edit{{Time: time}}); err == nil {
			t.Errorf("an edit at %d was packed", time)
		}
	}
	var many []retention.Edit
	for i := range int32(5000) {
		many = append(many, retention.Edit{Time: 1, Namespace: i})
	}
	if _, err := retention.Pack(many); err == nil {
		t.Error("5,000 namespaces were packed")
	}
}

func TestPackIsCompact(t *testing.T) {
	// A year of edits an hour apart, nearly all articles.
	var edits []retention.Edit
	for i := range int64(8760) {
		edits = append(edits, retention.Edit{Time: start() + i*3600, Namespace: int32(i % 10 / 9)})
	}
	packed, err := retention.Pack(edits)
	if err != nil {
		t.Fatal(err)
	}
	if per := float64(len(packed)) / float64(len(edits)); per > 2.1 {
		t.Errorf("%.2f bytes an edit, want about 2", per)
	}
}

// hostile is bytes that Pack cannot have written.
func hostile() map[string][]byte {
	return map[string][]byte{
		"nothing":                   {},
		"another version":           {2, 0},
		"no number":                 {1},
		"an endless number":         bytes.Repeat([]byte{0x81}, 40),
		"more edits than bytes":     {1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0},
		"most edits there can be":   {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"no kinds":                  {1, 1, 0, 5},
		"more kinds than edits":     {1, 1, 2, 0, 1, 5},
		"kinds out of order":        {1, 2, 2, 1, 0, 5, 5},
		"the same kind twice":       {1, 2, 2, 0, 0, 5, 5},
		"too large a namespace":     {1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 5},
		"an edit missing":           {1, 2, 1, 0, 5},
		"an index past the kinds":   {1, 3, 3, 0, 1, 4, 3, 3, 3},
		"an edit in the far future": {1, 2, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1},
		"bytes after the end":       {1, 1, 1, 0, 5, 9},
		"bytes after no edits":      {1, 0, 9},
	}
}

func TestUnpackRefuses(t *testing.T) {
	b := retention.NewBuilder(campaignOf("x", start(), end()))
	w := b.Wiki("testwiki", nil)
	b.Add(old().Participant)
	for name, packed := range hostile() {
		var f *retention.FormatError
		if got, err := retention.Unpack(packed); !errors.As(err, &f) || got != nil {
			t.Errorf("%s: %v, error %v, want *FormatError", name, got, err)
		}
		if err := b.AddEdits(w, packed); !errors.As(err, &f) {
			t.Errorf("%s: AddEdits' error %v, want *FormatError", name, err)
		}
	}
	if c := cohortOf(t, b); c.Edits() != 0 {
		t.Errorf("%d edits came out of bytes that cannot be read", c.Edits())
	}
}

func FuzzUnpack(f *testing.F) {
	for _, b := range hostile() {
		f.Add(b)
	}
	good, err := retention.Pack([]retention.Edit{{Time: 5, Namespace: 0}, {Time: 90000, Namespace: 3, Reverted: true}, {Time: 90001, Namespace: -1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, packed []byte) {
		edits, err := retention.Unpack(packed)
		b := retention.NewBuilder(campaignOf("x", start(), end()))
		w := b.Wiki("testwiki", nil)
		b.Add(retention.Participant{Key: retention.PersonKey{Farm: "f", ID: 1}})
		if added := b.AddEdits(w, packed); (added == nil) != (err == nil) {
			t.Fatalf("Unpack says %v, AddEdits %v", err, added)
		}
		if err != nil {
			return
		}
		again, err := retention.Pack(edits)
		if err != nil {
			t.Fatalf("what was read cannot be packed: %v", err)
		}
		back, err := retention.Unpack(again)
		if err != nil || !slices.Equal(sorted(edits), back) {
			t.Fatalf("%v became %v (%v)", edits, back, err)
		}
	})
}
