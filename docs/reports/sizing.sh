#!/bin/sh
# Measures what campaigns of several sizes take in SQLite and in MariaDB: disk,
# memory, requests. About two minutes; figures do not depend on the machine.
set -eu
cd "$(dirname "$0")/../.."
go test -run '^$' -bench Sizing -benchtime 1x ./service | awk '/^BenchmarkSizing/ {
	name = $1; sub(/^BenchmarkSizing\//, "", name); sub(/-[0-9]+$/, "", name)
	for (i = 3; i < NF; i += 2) v[$(i + 1)] = $i
	printf "%-48s %8d edits  %7.0f KiB on disk  %7.0f KiB in memory  %6d requests\n", name, v["edits"], v["KiB-disk"], v["KiB-memory"], v["requests"]
}'
