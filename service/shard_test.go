package service

import (
	"errors"
	"fmt"
	"strings"
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
	if _, err := parseShard(""); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "AFTERGLOW_SHARDS is not set") {
		t.Errorf("JOB_COMPLETION_INDEX alone: %v", err)
	}
	if s, err := parseShard("0/2"); err != nil || s != (shard{0, 2}) {
		t.Errorf("the flag, with half of the environment: %v, %v", s, err)
	}
	t.Setenv("AFTERGLOW_SHARDS", "3")
	if s, err := parseShard(""); err != nil || s != (shard{2, 3}) {
		t.Errorf("from the environment: %v, %v", s, err)
	}
	t.Setenv("JOB_COMPLETION_INDEX", "")
	if _, err := parseShard(""); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "JOB_COMPLETION_INDEX is not set") {
		t.Errorf("AFTERGLOW_SHARDS alone: %v", err)
	}
	for _, bad := range []string{"3/3", "-1/2", "1", "a/b", "0/0", "1/2/3", "0/99999999"} {
		if _, err := parseShard(bad); !errors.Is(err, ErrUsage) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
