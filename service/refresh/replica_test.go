package refresh

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/mwclient/replica"
	"afterglow/service/e2e/mediawiki"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// people edit a real wiki in every way that matters to a cohort, and are its participants.
func people(t *testing.T, w *mediawiki.Wiki) []source.Person {
	t.Helper()
	admin := w.Admin(t)
	ada, badr := w.CreateAccount(t, "Ada Lovelace"), w.CreateAccount(t, "بدر")
	hal, old, bot := w.CreateAccount(t, "Hidden Hal"), w.CreateAccount(t, "Old name"), w.CreateAccount(t, "Éditeur Bot")
	w.CreateAccount(t, "Never edited")
	admin.SetGroups(t, bot.Name, "bot", "sysop")
	for i, title := range []string{"Page", "Talk:Page", "User:Ada Lovelace", "Project:Plan", "Template:Box", "قهوة"} {
		ada.Edit(t, title, fmt.Sprintf("text %d of Ada", i))
		badr.Append(t, title, "\nand of Badr")
		bot.Append(t, title, "\nand of a bot")
	}
	wrong := badr.Edit(t, "Page", "wrong")
	admin.Undo(t, "Page", wrong.RevID)
	badr.Edit(t, "Talk:Page", "wrong, too")
	admin.Rollback(t, "Talk:Page", badr.Name)
	secret := ada.Edit(t, "Secret", "an address")
	ada.Edit(t, "Secret", "nothing")
	admin.HideRevisions(t, mediawiki.HideUser, true, secret.RevID)
	ada.Edit(t, "Deleted", "soon gone")
	admin.Delete(t, "Deleted")
	ada.Edit(t, "Draft:Moved", "from one namespace")
	admin.Move(t, "Draft:Moved", "Project:Moved")
	hal.Edit(t, "Hal", "x")
	admin.Block(t, hal.Name, true)
	old.Edit(t, "Renamed", "x")
	w.Rename(t, "Old name", "New name")
	var past []mediawiki.Revision // more than one answer of the API holds, some in one second
	for i := range 640 {
		user := ada.Name
		if i%16 == 0 {
			user = badr.Name
		}
		past = append(past, mediawiki.Revision{
			Title: fmt.Sprintf("Past %d", i%4), Text: fmt.Sprint(i), User: user,
			Time: time.Now().UTC().Truncate(time.Second).Add(-time.Duration(30+i/3) * time.Hour),
		})
	}
	for i := range 3 { // long before what a second reading asks for
		past = append(past, mediawiki.Revision{
			Title: "Long ago", Text: fmt.Sprint(i), User: "New name",
			Time: time.Now().UTC().Truncate(time.Second).Add(-time.Duration(60+i) * day),
		})
	}
	w.Import(t, past)
	w.RunJobs(t)
	var entries []source.Person
	for _, name := range []string{"Ada Lovelace", "بدر", "Hidden Hal", "New name", "Éditeur Bot", "Never edited", "No such person"} {
		entries = append(entries, source.Person{Name: name})
	}
	return entries
}

// A campaign read over the API of a real wiki, and one read from its replica, are
// the same byte for byte.
func TestReplicaGivesTheSameCohort(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	w := mediawiki.Start(t, mediawiki.Options{})
	entries := people(t, w)
	at := w.Replicate(t)
	replicas, err := replica.New(replica.Options{User: at.User, Password: at.Password, Host: at.Address, NoCentralAuth: true})
	must(t, err)
	t.Cleanup(func() { must(t, replicas.Close()) })
	time.Sleep(1100 * time.Millisecond) // what is read is complete up to this second
	now := time.Now().UTC().Truncate(time.Second)
	read := func(o Options) (*bench, Report) {
		o.ReplicaLag = time.Nanosecond
		b := &bench{tb: t, clock: &clock{now}, path: filepath.Join(t.TempDir(), "afterglow.db")}
		b.openStore("sqlite:" + b.path)
		b.restart(o)
		wiki, err := b.c.Wiki(t.Context(), w.URL)
		must(t, err)
		tracked, err := b.r.TrackList(t.Context(), List{
			Slug: "all", Title: "All", Start: now.Add(-20 * day), End: now.Add(-time.Hour), Wiki: wiki, People: entries,
		})
		must(t, err)
		return b, b.refresh(tracked.Campaign.ID)
	}
	fromReplica := Options{Replica: func(name string) (Replica, error) { return replicas.Wiki(name) }}

	api, _ := read(Options{})
	copied, rep := read(fromReplica)
	want := api.print("list-all") + api.packed("list-all")
	differ(t, "from the replica", copied.print("list-all")+copied.packed("list-all"), want)
	if c := rep.Campaign.Coverage; c.Measured != 4 || c.Bots != 1 || c.NotFound != 2 {
		t.Errorf("coverage %+v", c)
	}
	if !strings.Contains(want, "true}") { // of retention.Edit: reverted
		t.Error("no edit is reverted: the wiki does not show what it should")
	}
	if n := replicas.Stats().Wikis[w.DBName][mwclient.EndpointContributions]; n.Rows < 600 {
		t.Errorf("%d rows came from the replica", n.Rows)
	}

	// Accounts are merged: one's edits are another's now. Read again the next day,
	// both ways give what a first reading gives then.
	w.Script(t, "", "reassignEdits", "New name", "Ada Lovelace")
	w.Script(t, "", "initEditCount")
	time.Sleep(1100 * time.Millisecond)
	now = time.Now().UTC().Truncate(time.Second).Add(day)
	fresh, _ := read(Options{})
	if fresh.packed("list-all") == api.packed("list-all") {
		t.Error("merging changed nothing")
	}
	for name, b := range map[string]*bench{"API": api, "replica": copied} {
		o := Options{ReplicaLag: time.Nanosecond}
		if name == "replica" {
			o.Replica = fromReplica.Replica
		}
		b.clock.t, b.leases.t = now, now
		b.restart(o)
		b.refresh("list-all")
		differ(t, "merged, over the "+name, b.packed("list-all"), fresh.packed("list-all"))
	}

	// A replica that is behind makes the campaign's data as old as it is.
	must(t, w.DB.Exec(t.Context(), "CREATE OR REPLACE VIEW heartbeat_p.heartbeat AS SELECT 's1' AS shard, UTC_TIMESTAMP(6) AS last_updated, 7200.0 AS `lag`"))
	now = now.Add(-day)
	_, rep = read(fromReplica)
	if want := now.Add(-time.Second - 2*time.Hour); !rep.Campaign.AsOf.Equal(want) {
		t.Errorf("as of %s, want %s", rep.Campaign.AsOf, want)
	}
}

// packed is the stored edits as they lie in the database.
func (b *bench) packed(id string) string {
	var all strings.Builder
	must(b.tb, b.s.Export(context.Background(), id, func(e store.Exported) error {
		fmt.Fprintf(&all, "%d %s %x\n", e.Account, e.Wiki, e.Packed)
		return nil
	}))
	return all.String()
}

// behind is a replica of a wiki that has not heard yet of new names.
type behind struct {
	*mwclient.Wiki
	lag   time.Duration
	names map[string]string // new name: the one that it still has
}

func (r behind) Lag(context.Context) (time.Duration, error) { return r.lag, nil }

func (r behind) Contributions(ctx context.Context, q mwclient.ContributionsQuery) iter.Seq2[mwclient.Contribution, error] {
	known := q
	known.Users = nil
	for _, name := range q.Users {
		if r.names[name] == "" {
			known.Users = append(known.Users, name)
		} else if q.OnAccount != nil {
			q.OnAccount(mwclient.LocalAccount{Name: name, Missing: true})
		}
	}
	return r.Wiki.Contributions(ctx, known)
}

// Somebody renamed, whom a replica that is behind does not know, loses no edit.
func TestRenamedBeforeTheReplicaKnows(t *testing.T) {
	b := newBench(t, spec(60), Options{})
	event, _ := b.farm.Event(101)
	name := ""
	for _, p := range event.Participants {
		if edits := b.truth(p.User, start, testNow); len(edits["metawiki"])+len(edits["enwiki"]) > 9 {
			name = p.Name
		}
	}
	o := Options{Replica: func(wiki string) (Replica, error) {
		return behind{Wiki: b.wiki(wiki), lag: time.Hour, names: map[string]string{"Somebody else": name}}, nil
	}}
	b.restart(o)
	id := b.track(101).ID
	b.refresh(id)
	must(t, b.farm.Change(fakewiki.Change{Name: name, Rename: "Somebody else"}))
	b.pass(day)
	b.restart(o)
	c := b.refresh(id).Campaign
	if want := b.clock.t.Add(-time.Minute - time.Hour); !c.AsOf.Equal(want) {
		t.Errorf("as of %s, want %s", c.AsOf, want)
	}
	b.check(id)
}

// A wiki without a replica, or one whose age nobody knows, is a wiki that could
// not be read; the others are.
func TestWikiWithoutReplica(t *testing.T) {
	b := newBench(t, spec(60), Options{})
	b.restart(Options{Replica: func(wiki string) (Replica, error) {
		if wiki == "enwiki" {
			return nil, fmt.Errorf("replica of %s: %w", wiki, mwclient.ErrNotFound)
		}
		return behind{Wiki: b.wiki(wiki)}, nil
	}})
	id := b.track(101).ID
	rep, err := b.r.Refresh(t.Context(), id, nil)
	if !errors.Is(err, ErrPartial) || !errors.Is(rep.WikisFailed["enwiki"], mwclient.ErrNotFound) || len(rep.WikisFailed) != 1 {
		t.Fatalf("%v, failed %v", err, rep.WikisFailed)
	}
	if c := rep.Campaign; c.State != store.Ready || len(c.Coverage.WikisFailed) != 1 || len(c.Coverage.Wikis) != 1 {
		t.Errorf("%+v", c)
	}
}
