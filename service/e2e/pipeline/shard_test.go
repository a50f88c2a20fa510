//go:build linux

package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"afterglow/service/e2e/machine"
	"afterglow/service/store"
)

// as is the site as the pod of an Indexed Job sees it that has this index of so
// many; an empty one is not set. Each pod has its own logs.
func (s *site) as(index, of string) *site {
	s.t.Helper()
	pod := at(s.t, s.farm, s.database)
	for _, v := range []string{"JOB_COMPLETION_INDEX=" + index, "AFTERGLOW_SHARDS=" + of} {
		if !strings.HasSuffix(v, "=") {
			pod.env = append(pod.env, v)
		}
	}
	return pod
}

// ready returns the campaigns that were read, in order.
func (s *site) ready(ids []string) []string {
	s.t.Helper()
	db := s.open()
	var ready []string
	for _, id := range ids {
		c, err := db.Campaign(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if c.State == store.Ready {
			ready = append(ready, id)
		}
	}
	return ready
}

// The pods of an Indexed Job read a part of the campaigns each: none is in two
// parts, together they are everything, and what they leave on one database is what
// one worker leaves.
func TestShardsReadTheirParts(t *testing.T) {
	const shards = 3
	farm := farmOf(t, nil, 40, 35, 30, 30, 25, 25, 20, 20)
	want, _ := undisturbed(t, farm)
	template := onFile(t, farm)
	ids := template.track()

	// Each alone, so that it is seen what it reads though nobody else has.
	parts := make([][]string, shards)
	var all []string
	for i := range parts {
		s := onFile(t, farm)
		copyFile(t, strings.TrimPrefix(s.database, "sqlite:"), strings.TrimPrefix(template.database, "sqlite:"))
		s.as(fmt.Sprint(i), fmt.Sprint(shards)).run(0, "refresh", "--due")
		parts[i] = s.ready(ids)
		if len(parts[i]) == 0 {
			t.Errorf("shard %d read nothing: the test shows little", i)
		}
		all = append(all, parts[i]...)
		of := map[string]string{}
		for _, id := range parts[i] {
			of[id] = want[id]
		}
		s.same(fmt.Sprintf("shard %d alone", i), of)

		// The flag says the same, also against the environment.
		flag := onFile(t, farm)
		copyFile(t, strings.TrimPrefix(flag.database, "sqlite:"), strings.TrimPrefix(template.database, "sqlite:"))
		flag.as(fmt.Sprint((i+1)%shards), fmt.Sprint(shards)).run(0, "refresh", "--due", "--shard", fmt.Sprintf("%d/%d", i, shards))
		if got := flag.ready(ids); !slices.Equal(got, parts[i]) {
			t.Errorf("--shard %d/%d read %v, the environment says %v", i, shards, got, parts[i])
		}
	}
	slices.Sort(all)
	if !slices.Equal(all, ids) { // each once
		t.Errorf("the shards read %v, want each of %v once", parts, ids)
	}
	t.Logf("parts: %v", parts)

	// Together, on the database that they share.
	farm.ResetStats()
	var pods []*machine.Process
	for i := range shards {
		pods = append(pods, template.as(fmt.Sprint(i), fmt.Sprint(shards)).start("refresh", "--due"))
	}
	for i, p := range pods {
		if code := p.State().ExitCode(); code != 0 {
			t.Errorf("shard %d: exit code %d\n%s", i, code, p.Said())
		}
		if said := p.Said(); !strings.Contains(said, fmt.Sprintf("refreshed %d campaigns", len(parts[i]))) || strings.Contains(said, "another worker has it") {
			t.Errorf("shard %d has %d campaigns, and said %s", i, len(parts[i]), said)
		}
	}
	template.same("three shards together", want)
	for wiki, of := range farm.Stats().Wikis {
		if of.MaxInFlight > 1 {
			t.Errorf("%s had %d requests in flight", wiki, of.MaxInFlight)
		}
	}
}

// One of the two variables alone is a mistake in how the job is set up, which would
// have every pod read everything.
func TestShardOfHalfAnEnvironment(t *testing.T) {
	s := onFile(t, farmOf(t, nil, 5))
	ids := s.track()
	for _, pod := range [][2]string{{"1", ""}, {"", "3"}} {
		said := s.as(pod[0], pod[1]).run(2, "refresh", "--due")
		if !strings.Contains(said, "JOB_COMPLETION_INDEX") || !strings.Contains(said, "AFTERGLOW_SHARDS") || !strings.Contains(said, "set both") {
			t.Errorf("%q: said %s", pod, said)
		}
	}
	if read := s.ready(ids); len(read) > 0 || s.farm.Stats().Requests > 0 {
		t.Errorf("%v was read, with %d requests", read, s.farm.Stats().Requests)
	}
}
