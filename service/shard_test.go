package service

import (
	"errors"
	"fmt"
	"testing"
)

// TestShards: every campaign belongs to exactly one shard, and the shards are
// of about equal size.
func TestShards(t *testing.T) {
	const n, campaigns = 4, 4000
	counts := make([]int, n)
	for c := range campaigns {
		id, holders := fmt.Sprintf("metawiki-%d", c), 0
		for i := range n {
			s, err := parseShard(fmt.Sprintf("%d/%d", i, n))
			if err != nil {
				t.Fatal(err)
			}
			if s.holds(id) {
				holders++
				counts[i]++
			}
		}
		if holders != 1 {
			t.Fatalf("%s is in %d shards", id, holders)
		}
	}
	for i, got := range counts {
		if got < campaigns/n*8/10 || got > campaigns/n*12/10 {
			t.Errorf("shard %d holds %d of %d", i, got, campaigns)
		}
	}
}

func TestShardFromEnvironment(t *testing.T) {
	if s, err := parseShard(""); err != nil || s != (shard{}) || !s.holds("any") {
		t.Errorf("without anything: %v, %v", s, err)
	}
	t.Setenv("JOB_COMPLETION_INDEX", "2")
	t.Setenv("AFTERGLOW_SHARDS", "3")
	if s, err := parseShard(""); err != nil || s != (shard{2, 3}) {
		t.Errorf("from the environment: %v, %v", s, err)
	}
	for _, bad := range []string{"3/3", "-1/2", "1", "a/b", "0/0", "1/2/3", "0/99999999"} {
		if _, err := parseShard(bad); !errors.Is(err, ErrUsage) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
