#!/bin/sh
# Prints the tables of docs/reports/pipeline.md: requests and time of a campaign
# of 10,000 people, four workers against one, and memory with 100,000 people and
# 10,000,000 edits. The program runs as processes of its own; the wikis are a
# farm in the test's process. It takes about ten minutes on a machine of 2 cores
# that does nothing else, and needs MariaDB (.ci/deps-wiki .cache).
#
#	docs/reports/pipeline.sh          # all of it
#	docs/reports/pipeline.sh small    # the same at a size of seconds
#
# TESTS chooses among them; WORKERS_LATENCY_MS lists the latencies that workers are
# tried at. PEER may name a folder with a Go program that reads
# contributions in simpler ways from a wiki of its own ("fake ADDRESS MS", "client
# ADDRESS MODES"; modes naive, serial50, par3): its lines are printed too.
set -eu
cd "$(dirname "$0")/../.."
if [ "${1:-}" != small ]; then
	export AFTERGLOW_SCALE=full
	: "${PEOPLE:=10000}" "${MANY_PEOPLE:=100000}" "${CAMPAIGNS:=40}" "${CAMPAIGN_PEOPLE:=100}" "${LATENCY_MS:=20}" "${WORKERS_LATENCY_MS:=20 50 100}"
fi
export AFTERGLOW_PEOPLE="${PEOPLE:-}" AFTERGLOW_MANY_PEOPLE="${MANY_PEOPLE:-}" AFTERGLOW_EDITS_EACH="${EDITS_EACH:-}"
export AFTERGLOW_CAMPAIGNS="${CAMPAIGNS:-}" AFTERGLOW_CAMPAIGN_PEOPLE="${CAMPAIGN_PEOPLE:-}" AFTERGLOW_LATENCY_MS="${LATENCY_MS:-}"
echo "load average: $(cut -d' ' -f1-3 /proc/loadavg)"
# run runs a test. A limit that does not hold is one of the figures.
run() {
	go test -count=1 -timeout 60m -run "^Test$1\$" -v ./service/e2e/pipeline | grep -E '^(\||---|FAIL|ok|    [a-z_]*\.go)' || true
}
for test in ${TESTS:-RequestsOfALargeCampaign FourWorkersAreQuicker MemoryOfALargeCampaign}; do
	echo "## $test"
	if [ "$test" != FourWorkersAreQuicker ]; then
		run "$test"
		continue
	fi
	for ms in ${WORKERS_LATENCY_MS:-5}; do
		echo "### $ms ms latency"
		AFTERGLOW_LATENCY_MS=$ms run "$test"
	done
done
if [ -n "${PEER:-}" ]; then
	echo "## Simpler readers: 10,000 people with 30 edits each on one wiki, ${PEER_LATENCY_MS:=2} ms latency"
	dir=$(mktemp -d)
	(cd "$PEER" && go build -mod=mod -o "$dir/peer" .)
	"$dir/peer" fake 127.0.0.1:18777 "$PEER_LATENCY_MS" &
	pid=$!
	trap 'kill "$pid"; rm -r "$dir"' EXIT
	sleep 1
	"$dir/peer" client http://127.0.0.1:18777 naive,serial50,par3
fi
echo "load average: $(cut -d' ' -f1-3 /proc/loadavg)"
