#!/usr/bin/env bash
# Times what a newcomer waits for: a fresh clone, `make demo` with an empty build
# cache (the modules are fetched before, and apart), until the first page has come.
# Needs git, Go, make and curl.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
demo=
finish() {
	if [ -n "$demo" ]; then
		kill -- "-$demo" 2>/dev/null || true
		wait "$demo" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap finish EXIT
seconds() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.1f s", (b - a) / 1e9}'; }

begin=$(date +%s%N)
git clone -q "$root" "$work/afterglow"
cd "$work/afterglow"
cloned=$(date +%s%N)
go mod download
fetched=$(date +%s%N)
export GOCACHE=$work/cache
{ time make -s build; } 2>"$work/time"
built=$(date +%s%N)
set -m
make -s demo ADDR=127.0.0.1:0 >"$work/log" 2>&1 &
demo=$!
until address=$(sed -n 's/^Serving on \([^ ]*\).*/\1/p' "$work/log") && [ -n "$address" ]; do
	kill -0 "$demo" || { cat "$work/log"; exit 1; }
	sleep 0.1
done
served=$(date +%s%N)
curl -fsS -o /dev/null "$address/"
shown=$(date +%s%N)
echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg), $(go version | cut -d' ' -f3), $(git describe --tags --always)"
echo "clone: $(seconds "$begin" "$cloned")"
echo "modules: $(seconds "$cloned" "$fetched")"
echo "build with an empty cache: $(seconds "$fetched" "$built") ($(awk '/^user|^sys/ {split($2, t, /[ms]/); s += 60 * t[1] + t[2]} END {printf "%.0f", s}' "$work/time") s of processor)"
echo "until it serves: $(seconds "$built" "$served")"
echo "the first page: $(seconds "$served" "$shown")"
