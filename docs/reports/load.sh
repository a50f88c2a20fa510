#!/usr/bin/env bash
# Measures the reading path under load beside its peers, all in the same run and
# in turn: `afterglow serve`, net/http alone with the same bytes in memory
# (load/plain), and nginx with the same bytes as a file. Prints Markdown, and
# fails if a limit does not hold. About 15 minutes on a quiet machine of two
# cores; needs Linux's /proc, curl, nginx with gzip_static, and wrk.
#
#   ROUNDS=3 EACH=3 SOAK=300 docs/reports/load.sh >table.md
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-3} # each measurement's, of which the median counts
each=${EACH:-3}     # seconds of a measurement
soak=${SOAK:-300}   # seconds
connections=${CONNECTIONS:-1 4 16 32 64 128 256}
source docs/reports/load/lib.sh

build
start_farm
read_campaigns
start_afterglow
start_plain
start_nginx
same_bytes

echo "$(nproc) cores, $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo), $("$work/afterglow" version | head -1), $(go env GOVERSION), $(nginx -v 2>&1 | cut -d/ -f2 | sed 's/^/nginx /'), load average before: $(cut -d' ' -f1 /proc/loadavg)."
echo "The chart: $(stat -c %s "$work/www/chart.svg.gz") bytes, compressed. Medians of $rounds rounds of $each s each."

for round in $(seq "$rounds"); do
	for c in $connections; do
		for server in "${servers[@]}"; do
			measure 200 "$c" "$server" "$round"
			measure 304 "$c" "$server" "$round"
		done
	done
done
table 200 "A chart from memory"
table 304 "A chart that the reader has (304)"

uncached
noticing

begin_refreshing
for round in $(seq "$rounds"); do
	for server in "${servers[@]}"; do measure refreshing 32 "$server" "$round"; done
done
table refreshing "A chart from memory while campaigns are refreshed"
soaking
end_refreshing

limits
