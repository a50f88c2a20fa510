#!/bin/sh
# Prints the tables of docs/reports/pipeline.md: requests and time of a campaign
# of 10,000 people, four workers against one, and memory with 100,000 people and
# 10,000,000 edits. The program runs as processes of its own; the wikis are a
# farm in the test's process. ReplicaAgainstAPI prints the table of
# docs/reports/replica.md, from a real wiki. It takes about ten minutes on a machine
# of 2 cores that does nothing else, and needs MariaDB and MediaWiki (make deps,
# .ci/deps-wiki .cache). Where a limit does not hold, the other tests are run all the
# same, and the exit code is 1.
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
replica_runs=1
if [ "${1:-}" != small ]; then
	replica_runs=5
	export AFTERGLOW_SCALE=full
	: "${PEOPLE:=10000}" "${MANY_PEOPLE:=100000}" "${CAMPAIGNS:=40}" "${CAMPAIGN_PEOPLE:=100}" "${LATENCY_MS:=20}" "${WORKERS_LATENCY_MS:=20 50 100}"
fi
export AFTERGLOW_PEOPLE="${PEOPLE:-}" AFTERGLOW_MANY_PEOPLE="${MANY_PEOPLE:-}" AFTERGLOW_EDITS_EACH="${EDITS_EACH:-}"
export AFTERGLOW_CAMPAIGNS="${CAMPAIGNS:-}" AFTERGLOW_CAMPAIGN_PEOPLE="${CAMPAIGN_PEOPLE:-}" AFTERGLOW_LATENCY_MS="${LATENCY_MS:-}"
echo "load average: $(cut -d' ' -f1-3 /proc/loadavg)"
dir=$(mktemp -d)
peer=
trap '[ -z "$peer" ] || kill "$peer"; rm -r "$dir"' EXIT
# judged runs a test and prints its figures. One that fails, as a limit of it does
# not hold, is noted.
judged() {
	name=$1
	shift
	{ go test -timeout 60m "$@" 2>&1 || echo "$name" >>"$dir/failed"; } | grep -E '^(\||---|FAIL|ok|Benchmark|    [a-z_]*\.go)' || true
}
run() {
	judged "$1" -count=1 -run "^Test$1\$" -v ./service/e2e/pipeline
}
for test in ${TESTS:-RequestsOfALargeCampaign FourWorkersAreQuicker MemoryOfALargeCampaign ReplicaAgainstAPI}; do
	echo "## $test"
	case $test in
	FourWorkersAreQuicker)
		for ms in ${WORKERS_LATENCY_MS:-5}; do
			echo "### $ms ms latency"
			AFTERGLOW_LATENCY_MS=$ms run "$test"
		done
		;;
	ReplicaAgainstAPI)
		judged "$test" -count="$replica_runs" -run '^$' -bench "^Benchmark$test\$" -benchtime 1x ./mwclient/replica
		;;
	*) run "$test" ;;
	esac
done
if [ -n "${PEER:-}" ]; then
	echo "## Simpler readers: 10,000 people with 30 edits each on one wiki, ${PEER_LATENCY_MS:=2} ms latency"
	(cd "$PEER" && go build -mod=mod -o "$dir/peer" .)
	"$dir/peer" fake 127.0.0.1:18777 "$PEER_LATENCY_MS" &
	peer=$!
	sleep 1
	"$dir/peer" client http://127.0.0.1:18777 naive,serial50,par3
fi
echo "load average: $(cut -d' ' -f1-3 /proc/loadavg)"
if [ -s "$dir/failed" ]; then
	echo "failed, as a limit did not hold or it could not run: $(sort -u "$dir/failed" | paste -sd ' ')" >&2
	exit 1
fi
