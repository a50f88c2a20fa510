#!/bin/sh
# Prints the tables of docs/reports/pipeline.md: requests and time of a campaign
# of 10,000 people, memory with 100,000 people and 10,000,000 edits, and four
# workers against one. The program runs as processes of its own; the wikis are a
# farm in the test's process. It takes about half an hour on a machine of 2 cores
# that does nothing else, and needs MariaDB (.ci/deps-wiki .cache).
#
#	docs/reports/pipeline.sh          # all of it
#	docs/reports/pipeline.sh small    # the same at a size of seconds
set -eu
cd "$(dirname "$0")/../.."
if [ "${1:-}" != small ]; then
	export AFTERGLOW_SCALE=full
	: "${PEOPLE:=10000}" "${MANY_PEOPLE:=100000}" "${CAMPAIGNS:=40}" "${CAMPAIGN_PEOPLE:=100}" "${LATENCY_MS:=20}"
fi
export AFTERGLOW_PEOPLE="${PEOPLE:-}" AFTERGLOW_MANY_PEOPLE="${MANY_PEOPLE:-}" AFTERGLOW_EDITS_EACH="${EDITS_EACH:-}"
export AFTERGLOW_CAMPAIGNS="${CAMPAIGNS:-}" AFTERGLOW_CAMPAIGN_PEOPLE="${CAMPAIGN_PEOPLE:-}" AFTERGLOW_LATENCY_MS="${LATENCY_MS:-}"
for test in RequestsOfALargeCampaign MemoryOfALargeCampaign FourWorkersAreQuicker; do
	echo "## $test"
	go test -count=1 -timeout 60m -run "^Test$test\$" -v ./service/e2e/pipeline | grep -E '^(\||---|FAIL|ok|    )'
done
