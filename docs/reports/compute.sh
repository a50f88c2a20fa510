#!/bin/sh
# Runs the benchmarks of package retention and prints their table in Markdown.
# The scan is the limit: it reads every time once, in the same run, in turn with
# the work, so that the ratio holds on a busy machine too.
set -eu
cd "$(dirname "$0")/../.."
out=$(go test -run '^$' -bench 'Compute|Measures|Load' -benchmem ./retention/)
printf '%s\n' "$out" | awk '
	function metric(name,  i) { for (i = 3; i < NF; i += 2) if ($(i+1) == name) return $i; return "" }
	function ms(ns) { return ns == "" ? "" : sprintf("%.3g", ns / 1e6) }
	BEGIN {
		print "| benchmark | ms | the scan, ms | times the scan | allocations | ns an edit | memory, B an edit | packed, B an edit |"
		print "|---|---|---|---|---|---|---|---|"
	}
	/^Benchmark/ {
		name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
		time = metric("median-ns"); if (time == "") time = metric("ns/op")
		ratio = metric("x-scan")
		printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", name, ms(time), ms(metric("scan-ns")), ratio == "" ? "" : sprintf("%.2f", ratio), \
			metric("allocs/op"), metric("ns/edit"), metric("memory-B/edit"), metric("packed-B/edit")
	}'
printf '%s\n' "$out" | grep '^cpu:' || true
