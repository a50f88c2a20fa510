package service

import (
	"bytes"
	"encoding/csv"
	"testing"

	"afterglow/retention"
	"afterglow/service/store"
)

// An export is data to compare with other data: a name stays as it is, whatever a
// spreadsheet would make of it. The command's help says so.
func TestExportKeepsNames(t *testing.T) {
	packed, err := retention.Pack([]retention.Edit{{Time: 1_700_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"=1+1", "+Plus", "-Minus", "@At", `Quote "and", comma`} {
		var out bytes.Buffer
		rows := csv.NewWriter(&out)
		n, err := writeEdits(rows, "metawiki-1", store.Exported{Account: 7, Name: name, Wiki: "enwiki", Packed: packed})
		if err != nil || n != 1 {
			t.Fatalf("%q: %d edits, %v", name, n, err)
		}
		rows.Flush()
		got, err := csv.NewReader(&out).Read()
		if err != nil || got[2] != name {
			t.Errorf("%q was written as %q, %v", name, got, err)
		}
	}
}
