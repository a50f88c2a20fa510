#!/bin/sh
# Measures the reading of a campaign of 5,000 people and about 150,000 edits from
# a farm without latency in another process: first the pipeline by itself, then
# the whole of `afterglow report`, with the greatest resident memory of each; then the
# loading of 10,000,000 edits from the store beside reading them as rows.
# Needs Linux's /proc.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "## The pipeline"
go test -run '^$' -bench Refresh -benchtime 3x ./service/refresh | grep -E '^(Benchmark|cpu)'

echo "## afterglow report"
go build -o "$work/afterglow" ./service/cmd/afterglow
go test -c -o "$work/farm" ./service/refresh
mkfifo "$work/in"
AFTERGLOW_FARM=1 "$work/farm" -test.run '^TestFarmProcess$' <"$work/in" >"$work/out" &
exec 3>"$work/in"
until grep -q '^farm at ' "$work/out"; do sleep 0.2; done
address=$(sed -n 's/^farm at //p' "$work/out")
for run in 1 2 3; do
	begin=$(date +%s%N)
	"$work/afterglow" report "$address/wiki/Special:EventDetails/101" --out "$work/report$run" --cache "$work/cache$run" --quiet >/dev/null &
	pid=$!
	peak=0
	while kill -0 "$pid" 2>/dev/null; do
		now=$(awk '/^VmHWM/ {print $2}' "/proc/$pid/status" 2>/dev/null || true)
		[ "${now:-0}" -gt "$peak" ] && peak=$now
		sleep 0.05
	done
	wait "$pid"
	end=$(date +%s%N)
	echo "run $run: $(((end - begin) / 1000000)) ms, $((peak / 1024)) MB"
done
echo >&3
exec 3>&-
wait

echo "## Loading a cohort"
go test -run '^$' -bench LoadCohort -benchtime 3x ./service/store | grep -E '^Benchmark'
