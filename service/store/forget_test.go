package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"afterglow/retention"
)

// TestForget: a forgotten person is in no table, no figure counts them, and no
// later reading brings them back, by number or by any name.
func TestForget(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		edits := []retention.Edit{edit(end.Add(day)), edit(end.Add(20 * day))}
		people := []someone{{id: 1, edits: edits}, {id: 2, edits: edits}, {id: 3, edits: edits}}
		one := fill(t, s, campaign(1), testNow, people...)
		other := fill(t, s, campaign(2), testNow, people[2])
		must(t, s.SaveEntries(ctx, other.ID, []Entry{{Name: "Old name"}, {Name: name(3)}}))
		must(t, s.ResolveEntries(ctx, other.ID, []Entry{{Position: 0, Account: 2}, {Position: 1, Account: 3}}))
		must(t, s.SaveTracker(ctx, "farm", "2", other.ID))
		must(t, s.SaveSession(ctx, "some session", []byte("of User 2"), testNow.Add(day)))

		found, err := s.FindAccounts(ctx, name(2))
		must(t, err)
		key := AccountKey{"farm", 2}
		if !slices.Equal(found, []AccountKey{key}) {
			t.Fatalf("FindAccounts: %v", found)
		}
		if held, err := s.Holds(ctx, key); err != nil || held.Edits != 2 || held.Wikis != 1 || !slices.Equal(held.Campaigns, []string{one.ID, other.ID}) {
			t.Fatalf("Holds: %+v, %v", held, err)
		}
		removed, err := s.Forget(ctx, key, "Another name")
		must(t, err)
		if removed.Edits != 2 || len(removed.Campaigns) != 2 {
			t.Fatalf("Forget: %+v", removed)
		}

		after, err := s.Campaign(ctx, one.ID)
		must(t, err)
		if after.Revision <= one.Revision || after.Coverage.Participants != 2 || after.Coverage.Measured != 2 {
			t.Errorf("revision %d after %d, coverage %+v", after.Revision, one.Revision, after.Coverage)
		}
		if c := load(t, s, one.ID); c.People() != 2 {
			t.Errorf("the cohort has %d people", c.People())
		}
		gone := func(when string) {
			t.Helper()
			if held, err := s.Holds(ctx, key, "Old name", name(2), "Another name"); err != nil || held.Edits+held.Wikis+len(held.Campaigns) > 0 {
				t.Errorf("%s: %+v is kept, %v", when, held, err)
			}
			if found, err := s.FindAccounts(ctx, name(2)); err != nil || len(found) > 0 {
				t.Errorf("%s: FindAccounts finds %v, %v", when, found, err)
			}
		}
		gone("after Forget")
		if _, err := s.Session(ctx, "some session"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the session goes on: %v", err)
		}

		// The next refresh brings all of it again.
		fill(t, s, campaign(1), testNow, people...)
		must(t, s.SaveEntries(ctx, other.ID, []Entry{{Name: "Old name"}, {Name: name(3)}, {Name: "Another name"}, {Name: "Renamed"}}))
		entries, err := s.Entries(ctx, other.ID)
		must(t, err)
		if len(entries) != 2 || entries[0].Name != name(3) || entries[1].Name != "Renamed" || entries[1].Position != 1 {
			t.Errorf("the list is %+v", entries)
		}
		must(t, s.ResolveEntries(ctx, other.ID, []Entry{{Position: 1, Name: "Renamed", Account: 2}}))
		must(t, s.SaveEntries(ctx, other.ID, []Entry{{Name: "Renamed"}}))
		if entries, err := s.Entries(ctx, other.ID); err != nil || len(entries) > 0 {
			t.Errorf("a new name of theirs came in: %+v, %v", entries, err)
		}
		gone("after the next refresh")
		if c := load(t, s, one.ID); c.People() != 2 {
			t.Errorf("the cohort has %d people after the next refresh", c.People())
		}

		if all, err := s.Forgotten(ctx); err != nil || len(all) != 1 || all[0].AccountKey != key || !all[0].Since.Equal(testNow) {
			t.Errorf("Forgotten: %v, %v", all, err)
		}
		if _, err := s.Forget(ctx, key); err != nil {
			t.Errorf("twice: %v", err)
		}
		if _, err := s.Forget(ctx, AccountKey{"farm", 0}); !errors.Is(err, ErrInvalid) {
			t.Errorf("account 0: %v", err)
		}
		must(t, s.Scrub(ctx))
		if c := load(t, s, one.ID); c.People() != 2 {
			t.Errorf("the cohort has %d people after Scrub", c.People())
		}
	})
}

// TestScrub: before it a deleted name is still in the file, or this would show
// nothing; after it, it is in no file of the database.
func TestScrub(t *testing.T) {
	dir := t.TempDir()
	c := &clock{testNow}
	s := openTest(t, "sqlite:"+filepath.Join(dir, "afterglow.db"), c)
	const who = "Somebody Unmistakable"
	must(t, s.SaveAccounts(t.Context(), "farm", []Account{{ID: 7, Name: who}, {ID: 8, Name: "Someone Else"}}))
	if _, err := s.Forget(t.Context(), AccountKey{"farm", 7}); err != nil {
		t.Fatal(err)
	}
	if !inFiles(t, dir, who) {
		t.Fatal("the name is gone from the files before they are scrubbed: what does this test show?")
	}
	must(t, s.Scrub(t.Context()))
	if inFiles(t, dir, who) {
		t.Error("the name is still in the files")
	}
	if !inFiles(t, dir, "Someone Else") {
		t.Error("others are gone too")
	}
}

func inFiles(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		must(t, err)
		if strings.Contains(string(b), text) {
			return true
		}
	}
	return false
}
