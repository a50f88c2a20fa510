#!/usr/bin/env bash
# Measures the memory and processor time of `refresh` and of `serve`, from which
# the chart's requests and limits come: a contest of 5,000 people and about
# 150,000 edits on a farm in another process. Needs Linux's /proc, curl, wrk.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
pids=()
finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	exec 3>&- || true
	rm -rf "$work"
}
trap finish EXIT
seconds=${SECONDS_OF_LOAD:-10}

go build -o "$work/afterglow" ./service/cmd/afterglow
go test -c -o "$work/farm" ./service/refresh
mkfifo "$work/in"
AFTERGLOW_FARM=1 "$work/farm" -test.run '^TestFarmProcess$' <"$work/in" >"$work/out" &
exec 3>"$work/in"
until grep -q '^farm at ' "$work/out"; do sleep 0.2; done
address=$(sed -n 's/^farm at //p' "$work/out")
hosts=$(curl -s "$address/w/api.php?action=sitematrix&format=json&formatversion=2" | grep -o '127\.0\.0\.1:[0-9]*' | sort -u | paste -sd,)
export AFTERGLOW_LIMITS_ADDRESS_RATE=0 AFTERGLOW_WIKIS=$hosts AFTERGLOW_DATABASE=sqlite:$work/afterglow.db AFTERGLOW_LISTEN=127.0.0.1:0 AFTERGLOW_LOG_FORMAT=ecs

# figures PID prints resident, greatest resident MiB, and processor seconds so far.
figures() {
	awk '/^VmRSS/ {rss=$2} /^VmHWM/ {hwm=$2} END {printf "%d MiB resident, %d MiB at most, ", rss/1024, hwm/1024}' "/proc/$1/status"
	awk -v hz="$(getconf CLK_TCK)" '{printf "%.1f s of processor\n", ($14+$15)/hz}' "/proc/$1/stat"
}

"$work/afterglow" campaign add "$address/wiki/Special:EventDetails/101" 2>&1
echo "## refresh"
for run in first again; do
	begin=$(date +%s%N)
	"$work/afterglow" refresh --all --quiet &
	pid=$!
	last=
	while now=$(figures "$pid" 2>/dev/null) && [ -n "$now" ]; do last=$now; sleep 0.05; done
	wait "$pid"
	echo "$run: $((($(date +%s%N) - begin) / 1000000)) ms, $last"
done

echo "## serve"
"$work/afterglow" serve 2>"$work/log" &
pid=$!
pids+=("$pid")
until grep -q '"serving"' "$work/log"; do sleep 0.1; done
at=$(sed -n 's/.*"serving".*"labels\.address":"\([^"]*\)".*/\1/p' "$work/log")
echo "at rest: $(figures "$pid")"
campaign=http://$at/v1/campaigns/metawiki-101
for chart in retention survival cohorts intensity activity lifecycle; do curl -fsS -o /dev/null "$campaign/$chart.svg"; done
echo "every chart once: $(figures "$pid")"
echo "charts in memory: $(wrk -t1 -c32 -d"${seconds}s" "$campaign/retention.svg" | awk '/Requests\/sec/ {print $2 " requests a second"}'), $(figures "$pid")"
# Each width is another picture, drawn anew.
cat >"$work/widths.lua" <<'LUA'
local n = 0
request = function()
	n = n + 1
	return wrk.format("GET", wrk.path .. "?width=" .. (320 + n % 1280) .. "&height=" .. (200 + math.floor(n / 1280) % 400))
end
LUA
echo "charts drawn anew: $(wrk -t1 -c32 -d"${seconds}s" -s "$work/widths.lua" "$campaign/retention.svg" | awk '/Requests\/sec/ {print $2 " requests a second"}'), $(figures "$pid")"
ls -l "$work"/afterglow.db* | awk '{sum += $5} END {printf "## database\n%.1f MiB\n", sum/1048576}'
