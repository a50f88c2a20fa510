package service

import (
	"fmt"
	"hash/fnv"
	"os"
	"strconv"
	"strings"
)

// maxShards bounds N of --shard I/N.
const maxShards = 10_000

// shard is one part of the campaigns, so that N workers share them. The zero
// value is all of them.
type shard struct{ index, of uint64 }

// parseShard reads "I/N" with 0 ≤ I < N. Empty is what a Kubernetes Indexed Job
// sets (JOB_COMPLETION_INDEX, with AFTERGLOW_SHARDS for N), or all where neither is
// set. One without the other is an error: each of N pods would read everything.
// https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
func parseShard(s string) (shard, error) {
	name := "--shard"
	if s == "" {
		index, of := os.Getenv("JOB_COMPLETION_INDEX"), os.Getenv("AFTERGLOW_SHARDS")
		switch {
		case index == "" && of == "":
			return shard{}, nil
		case index == "":
			return shard{}, fmt.Errorf("%w: AFTERGLOW_SHARDS is %q and JOB_COMPLETION_INDEX is not set: set both, or neither to refresh all campaigns", ErrUsage, of)
		case of == "":
			return shard{}, fmt.Errorf("%w: JOB_COMPLETION_INDEX is %q and AFTERGLOW_SHARDS is not set: set both, or neither to refresh all campaigns", ErrUsage, index)
		}
		name, s = "JOB_COMPLETION_INDEX/AFTERGLOW_SHARDS", index+"/"+of
	}
	i, n, _ := strings.Cut(s, "/")
	index, err1 := strconv.ParseUint(i, 10, 32)
	of, err2 := strconv.ParseUint(n, 10, 32)
	if err1 != nil || err2 != nil || index >= of || of > maxShards {
		return shard{}, fmt.Errorf("%w: %s %q: allowed is I/N with 0 ≤ I < N ≤ %d", ErrUsage, name, s, maxShards)
	}
	return shard{index, of}, nil
}

// holds reports whether a campaign belongs to the shard.
func (s shard) holds(id string) bool {
	if s.of == 0 {
		return true
	}
	h := fnv.New64a()
	h.Write([]byte(id)) // never fails
	return h.Sum64()%s.of == s.index
}
