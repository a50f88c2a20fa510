package retention

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Edit is one edit of one account on one wiki.
type Edit struct {
	Time      int64 // Unix seconds, UTC; 0 … 4294967295 (the year 2106)
	Namespace int32
	Reverted  bool // tagged mw-reverted
}

// kind is what edits have in common besides their time.
type kind struct {
	namespace int32
	reverted  bool
}

func compareKinds(a, b kind) int {
	if c := cmp.Compare(a.namespace, b.namespace); c != 0 {
		return c
	}
	return cmp.Compare(bit(a.reverted), bit(b.reverted))
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// packVersion is the first byte of packed edits.
const packVersion = 1

// maxKinds bounds the dictionary of one account's edits on one wiki.
const maxKinds = 1 << 12

// Pack writes the edits of one account on one wiki compactly and exactly:
//
//	byte 1                    the version
//	uvarint n                 how many edits
//	uvarint d                 how many kinds, then d kinds in ascending order:
//	  uvarint                 zigzag(namespace)<<1 | reverted
//	n × uvarint               seconds since the edit before (at first since 1970) << b | index of the kind
//
// b is the number of bits an index of the kinds needs. Edits are sorted by
// time, then namespace, then reverted, so equal edits give equal bytes whatever
// their order was. An error means an edit outside the range of Edit.Time or
// more than 4,096 kinds.
func Pack(edits []Edit) ([]byte, error) {
	order := func(a, b Edit) int {
		if c := cmp.Compare(a.Time, b.Time); c != 0 {
			return c
		}
		return compareKinds(kind{a.Namespace, a.Reverted}, kind{b.Namespace, b.Reverted})
	}
	if !slices.IsSortedFunc(edits, order) {
		edits = slices.Clone(edits)
		slices.SortFunc(edits, order)
	}
	index := map[kind]uint64{}
	for _, e := range edits {
		if e.Time < 0 || e.Time > math.MaxUint32 {
			return nil, fmt.Errorf("retention: edit at %d is outside 1970 … 2106", e.Time)
		}
		index[kind{e.Namespace, e.Reverted}] = 0
	}
	if len(index) > maxKinds {
		return nil, fmt.Errorf("retention: %d kinds of edits, at most %d are allowed", len(index), maxKinds)
	}
	kinds := make([]kind, 0, len(index))
	for k := range index {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, compareKinds)

	out := make([]byte, 0, 8+3*len(kinds)+3*len(edits))
	out = append(out, packVersion)
	out = binary.AppendUvarint(out, uint64(len(edits)))
	if len(edits) == 0 {
		return out, nil
	}
	out = binary.AppendUvarint(out, uint64(len(kinds)))
	for i, k := range kinds {
		index[k] = uint64(i)
		out = binary.AppendUvarint(out, zigzag(k.namespace)<<1|bit(k.reverted))
	}
	shift := indexBits(len(kinds))
	var before int64
	for _, e := range edits {
		out = binary.AppendUvarint(out, uint64(e.Time-before)<<shift|index[kind{e.Namespace, e.Reverted}])
		before = e.Time
	}
	return out, nil
}

// Unpack reads what Pack wrote, sorted by time. Bytes that Pack cannot have
// written give a *FormatError; memory is at most 16 bytes for each byte given.
func Unpack(packed []byte) ([]Edit, error) {
	h, err := readHeader(packed, nil)
	if err != nil {
		return nil, err
	}
	edits := make([]Edit, h.n)
	d := decoder{rest: h.rest, shift: h.shift, kinds: uint64(len(h.kinds))}
	for i := range edits {
		k, ok := d.next()
		if !ok {
			return nil, d.err()
		}
		edits[i] = Edit{Time: int64(d.time), Namespace: h.kinds[k].namespace, Reverted: h.kinds[k].reverted}
	}
	if len(d.rest) != 0 {
		return nil, &FormatError{"bytes after the last edit"}
	}
	return edits, nil
}

// header is what stands before the edits.
type header struct {
	n     int
	kinds []kind
	shift uint
	rest  []byte // the edits
}

// readHeader reads up to the first edit. kinds is memory to reuse.
func readHeader(b []byte, kinds []kind) (header, error) {
	if len(b) == 0 {
		return header{}, &FormatError{"empty"}
	}
	if b[0] != packVersion {
		return header{}, &FormatError{fmt.Sprintf("version %d is not known", b[0])}
	}
	n, w := binary.Uvarint(b[1:])
	if w <= 0 {
		return header{}, &FormatError{"the number of edits is cut off"}
	}
	b = b[1+w:]
	// Every edit and every kind takes a byte at least, so what follows bounds
	// both before anything is allocated.
	if n > uint64(len(b)) {
		return header{}, &FormatError{fmt.Sprintf("%d edits cannot be in %d bytes", n, len(b))}
	}
	if n == 0 {
		return header{rest: b}, nil
	}
	d, w := binary.Uvarint(b)
	if w <= 0 {
		return header{}, &FormatError{"the number of kinds is cut off"}
	}
	b = b[w:]
	if d == 0 || d > maxKinds || d > n || d > uint64(len(b)) {
		return header{}, &FormatError{fmt.Sprintf("%d kinds for %d edits", d, n)}
	}
	kinds = kinds[:0]
	for range d {
		v, w := binary.Uvarint(b)
		if w <= 0 || v>>1 > math.MaxUint32 {
			return header{}, &FormatError{"a kind is cut off or too large"}
		}
		b = b[w:]
		k := kind{unzigzag(uint32(v >> 1)), v&1 == 1}
		if len(kinds) > 0 && compareKinds(kinds[len(kinds)-1], k) >= 0 {
			return header{}, &FormatError{"kinds are not in order"}
		}
		kinds = append(kinds, k)
	}
	return header{n: int(n), kinds: kinds, shift: indexBits(int(d)), rest: b}, nil
}

// decoder reads edits one after another.
type decoder struct {
	rest  []byte
	time  uint64
	shift uint
	kinds uint64
}

// next reads an edit: its time is in d.time, its kind's index is returned.
func (d *decoder) next() (uint64, bool) {
	var v uint64
	// One to three bytes are the common case.
	switch b := d.rest; {
	case len(b) > 0 && b[0] < 0x80:
		v, d.rest = uint64(b[0]), b[1:]
	case len(b) > 1 && b[1] < 0x80:
		v, d.rest = uint64(b[0]&0x7f)|uint64(b[1])<<7, b[2:]
	case len(b) > 2 && b[2] < 0x80:
		v, d.rest = uint64(b[0]&0x7f)|uint64(b[1]&0x7f)<<7|uint64(b[2])<<14, b[3:]
	default:
		var w int
		v, w = binary.Uvarint(b)
		if w <= 0 {
			return 0, false
		}
		d.rest = b[w:]
	}
	k := v & (1<<d.shift - 1)
	step := v >> d.shift
	if k >= d.kinds || step > math.MaxUint32 || d.time+step > math.MaxUint32 {
		return 0, false
	}
	d.time += step
	return k, true
}

func (d *decoder) err() error { return &FormatError{"an edit is cut off or out of range"} }

// indexBits is the number of bits an index into n kinds needs.
func indexBits(n int) uint { return uint(bits.Len(uint(n - 1))) }

func zigzag(n int32) uint64 { return uint64(uint32(n<<1) ^ uint32(n>>31)) }

func unzigzag(u uint32) int32 { return int32(u>>1) ^ -int32(u&1) }
