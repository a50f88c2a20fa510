# What load.sh is made of. Sourced by it, at the top of the repository.

work=$(mktemp -d)
servers=(nginx net/http afterglow)
declare -A address etag pids
finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	exec 3>&- || true # the farm and plain end with their input
	wait
	rm -rf "$work"
}
trap finish EXIT

build() {
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/afterglow" ./service/cmd/afterglow
	go build -o "$work/farm" ./docs/reports/load/farm
	go build -o "$work/plain" ./docs/reports/load/plain
	mkfifo "$work/in"
}

# answered FILE WORD prints what follows the word in a file, once it is there.
answered() {
	for _ in $(seq 600); do
		if grep -qs "$2" "$1"; then
			sed -n "s/.*$2//p" "$1" | head -1
			return
		fi
		sleep 0.2
	done
	echo "load.sh: no \"$2\" in $1:" >&2
	cat "$1" >&2
	return 1
}

start_farm() {
	"$work/farm" <"$work/in" >"$work/farm.out" &
	exec 3>"$work/in"
	local hosts
	read -r farm hosts <<<"$(answered "$work/farm.out" 'farm ')"
	export AFTERGLOW_WIKIS=$hosts AFTERGLOW_DATABASE=sqlite:$work/afterglow.db AFTERGLOW_LISTEN=127.0.0.1:0 AFTERGLOW_LOG_FORMAT=ecs
	export AFTERGLOW_REFRESH_SCHEDULE=false
	# The bound on what one address may ask is in force, and never met.
	export AFTERGLOW_LIMITS_ADDRESS_RATE=1000000 AFTERGLOW_LIMITS_ADDRESS_BURST=1000000
}

read_campaigns() {
	for event in 101 102 103 104 105 106; do
		"$work/afterglow" campaign add "$farm/wiki/Special:EventDetails/$event" >>"$work/add.log" 2>&1 || { cat "$work/add.log" >&2; return 1; }
	done
	"$work/afterglow" refresh --all --quiet >&2
}

start_afterglow() {
	"$work/afterglow" serve 2>"$work/serve.log" &
	pids[afterglow]=$!
	address[afterglow]=http://$(answered "$work/serve.log" '"labels.address":"' | cut -d'"' -f1)
	campaign=/v1/campaigns/metawiki-101
	address[afterglow]+=$campaign/retention.svg
	curl -fsS -H 'Accept-Encoding: gzip' -o "$work/chart.gz" "${address[afterglow]}"
}

start_plain() {
	"$work/plain" "$work/chart.gz" 'image/svg+xml; charset=utf-8' <"$work/in" >"$work/plain.out" &
	pids[net/http]=$!
	address[net/http]=http://$(answered "$work/plain.out" 'plain ')/chart.svg
}

# start_nginx starts one worker for each core, as the others have.
start_nginx() {
	mkdir -p "$work/www" "$work/nginx"
	cp "$work/chart.gz" "$work/www/chart.svg.gz"
	gunzip -c "$work/chart.gz" >"$work/www/chart.svg"
	chmod -R a+rX "$work"
	local port=$((20000 + RANDOM % 10000))
	while ss -ltn 2>/dev/null | grep -q ":$port "; do port=$((port + 1)); done
	cat >"$work/nginx/nginx.conf" <<-NGINX
		worker_processes $(nproc);
		daemon off;
		pid $work/nginx/pid;
		error_log $work/nginx/error.log;
		events { worker_connections 2048; }
		http {
			types { image/svg+xml svg; }
			access_log off;
			sendfile on;
			tcp_nopush on;
			keepalive_requests 1000000000;
			open_file_cache max=100;
			client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy; fastcgi_temp_path $work/nginx/fastcgi;
			uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
			server {
				listen 127.0.0.1:$port reuseport;
				root $work/www;
				gzip_static on;
			}
		}
	NGINX
	nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" 2>"$work/nginx/start.log" &
	pids[nginx]=$!
	address[nginx]=http://127.0.0.1:$port/chart.svg
	for _ in $(seq 50); do curl -fs -o /dev/null "${address[nginx]}" && return; sleep 0.1; done
	cat "$work/nginx/"*.log >&2
	return 1
}

# same_bytes makes sure that all send the same, and 304 to who has it.
same_bytes() {
	local server head
	for server in "${servers[@]}"; do
		curl -fsS -D "$work/head" -H 'Accept-Encoding: gzip' -o "$work/got" "${address[$server]}"
		cmp "$work/got" "$work/chart.gz"
		head=$(tr -d '\r' <"$work/head")
		etag[$server]=$(sed -n 's/^[Ee][Tt]ag: //p' <<<"$head")
		[ "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Accept-Encoding: gzip' -H "If-None-Match: ${etag[$server]}" "${address[$server]}")" = 304 ]
	done
}

# ticks prints the processor time so far of a server and its children, in
# hundredths of a second.
ticks() {
	local pid
	for pid in "$1" $(pgrep -P "$1"); do cat "/proc/$pid/stat"; done | awk '{sum += $14 + $15} END {print sum}'
}

# What wrk counted, on one line: requests, seconds, half and 99 of 100 answers
# within so many ms, failures.
cat >"$work/done.lua" <<'LUA'
done = function(summary, latency)
	local e = summary.errors
	io.write(string.format("wrk %d %.3f %.3f %.3f %d\n", summary.requests, summary.duration / 1e6,
		latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.timeout + e.status))
end
LUA
# The same for requests that each want another picture.
{
	cat "$work/done.lua"
	cat <<'LUA'
local n = 0
request = function()
	n = n + 1
	return wrk.format("GET", wrk.path .. "?width=" .. (320 + n % 1280) .. "&height=" .. (200 + math.floor(n / 1280) % 400))
end
LUA
} >"$work/widths.lua"
# What readers do together: most have the chart or take it from memory, some ask
# for another picture, for figures, and for pages.
{
	cat "$work/done.lua"
	cat <<'LUA'
local n = 0
local others = {"/", "/v1/campaigns", "/campaigns/metawiki-101", "/v1/campaigns/metawiki-104/survival.svg", "/v1/campaigns/metawiki-101/retention.csv",
	"/v1/compare/retention.svg?campaign=metawiki-101&campaign=metawiki-104", "/v1/campaigns/metawiki-102/retention.png"}
request = function()
	n = n + 1
	if n % 50 == 0 then
		return wrk.format("GET", "/v1/campaigns/metawiki-101/survival.svg?width=" .. (320 + n % 1280) .. "&height=" .. (200 + math.floor(n / 1280) % 400))
	elseif n % 10 == 0 then
		return wrk.format("GET", others[n / 10 % #others + 1])
	end
	return wrk.format("GET")
end
LUA
} >"$work/readers.lua"

# run SCRIPT CONNECTIONS SECONDS URL HEADER… prints wrk's line without its word.
run() {
	local script=$1 c=$2 seconds=$3 url=$4 threads=1
	shift 4
	local headers=(-H 'Accept-Encoding: gzip')
	for h in "$@"; do headers+=(-H "$h"); done
	wrk -t"$threads" -c"$c" -d"${seconds}s" --timeout 10s -s "$work/$script.lua" "${headers[@]}" "$url" | sed -n 's/^wrk //p'
}

# measure WHAT CONNECTIONS SERVER ROUND notes a line in raw:
# what, connections, server, round, requests a second, median and 99 % in ms,
# processor µs of a request, failures.
measure() {
	local what=$1 c=$2 server=$3 round=$4 before after line
	local headers=()
	[ "$what" = 304 ] && headers=("If-None-Match: ${etag[$server]}")
	before=$(ticks "${pids[$server]}")
	line=$(run "done" "$c" "$each" "${address[$server]}" "${headers[@]}")
	after=$(ticks "${pids[$server]}")
	awk -v id="$what $c $server $round" -v used=$((after - before)) -v hz="$(getconf CLK_TCK)" \
		'{print id, $1 / $2, $3, $4, used / hz * 1e6 / $1, $5}' <<<"$line" >>"$work/raw"
}

# The median of a list, for awk.
median='function median(list,  a, n, i, j, v) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++) { v = a[i]; for (j = i - 1; j > 0 && a[j] + 0 > v + 0; j--) a[j + 1] = a[j]; a[j + 1] = v }
	return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}'

# table WHAT TITLE prints what was measured. Ratios are of the same round.
table() {
	printf '\n### %s\n\n' "$2"
	echo "| connections | nginx, requests/s | net/http | Afterglow | of nginx | of net/http | processor µs: nginx, net/http, Afterglow | median, ms | p99, ms: nginx, net/http, Afterglow | failures |"
	echo "|---|---|---|---|---|---|---|---|---|---|"
	awk -v what="$1" "$median"'
		$1 == what {
			if (!($2 in seen)) { seen[$2]; order[++n] = $2 }
			k = $2 " " $3
			rate[k] = rate[k] " " $5; half[k] = half[k] " " $6; tail[k] = tail[k] " " $7; cpu[k] = cpu[k] " " $8; bad[$2] += $9
			at[$3, $2, $4] = $5; rounds[$2, $4]
		}
		END {
			for (i = 1; i <= n; i++) {
				c = order[i]; g = c " nginx"; h = c " net/http"; a = c " afterglow"; ng = ""; nh = ""
				for (r = 1; (c, r) in rounds; r++) {
					ng = ng " " at["afterglow", c, r] / at["nginx", c, r]
					nh = nh " " at["afterglow", c, r] / at["net/http", c, r]
				}
				printf "| %d | %d | %d | %d | **%.0f %%** | %.0f %% | %.0f, %.0f, %.0f | %.2f | %.2f, %.2f, %.2f | %d |\n", c,
					median(rate[g]), median(rate[h]), median(rate[a]), 100 * median(ng), 100 * median(nh),
					median(cpu[g]), median(cpu[h]), median(cpu[a]), median(half[a]), median(tail[g]), median(tail[h]), median(tail[a]), bad[c]
			}
		}' "$work/raw"
}

# uncached measures charts that nobody asked for yet, of 10,000 people.
uncached() {
	local base=${address[afterglow]%/*} before after line
	printf '\n### Charts drawn anew, of 10,000 people and %s edits, each of another size\n\n' "$(edits)"
	echo "| chart | charts/s | processor ms of a chart | p99, ms | failures |"
	echo "|---|---|---|---|---|"
	for chart in retention marks survival cohorts intensity activity lifecycle; do
		curl -fsS -o /dev/null "$base/$chart.svg"
		before=$(ticks "${pids[afterglow]}")
		line=$(run widths 4 "$each" "$base/$chart.svg")
		after=$(ticks "${pids[afterglow]}")
		awk -v chart="$chart" -v used=$((after - before)) -v hz="$(getconf CLK_TCK)" \
			'{printf "| %s | %d | %.2f | %.1f | %d |\n", chart, $1 / $2, used / hz * 1e3 / $1, $4, $5}' <<<"$line" | tee -a "$work/uncached"
	done
}

# edits prints how many edits of the campaign are stored.
edits() { "$work/afterglow" export edits --campaign metawiki-101 2>/dev/null | tail -n +2 | wc -l; }

# noticing measures how long after another process has refreshed a campaign
# the server still answers with the former figures.
noticing() {
	local url=${address[afterglow]%/*/*}/metawiki-102/retention.svg before start most=0 took
	for _ in 1 2 3 4 5; do
		before=$(tag_of "$url")
		"$work/afterglow" refresh metawiki-102 --quiet >&2
		start=$(date +%s%N)
		until [ "$(tag_of "$url")" != "$before" ]; do sleep 0.02; done
		took=$((($(date +%s%N) - start) / 1000000))
		[ "$took" -le "$most" ] || most=$took
	done
	printf '\nA refresh by another process showed at most %d ms after it had ended (of five).\n' "$most"
	echo "$most" >"$work/noticed"
}

tag_of() { curl -fsSI "$1" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p'; }

begin_refreshing() {
	(
		trap 'exit 0' TERM
		n=0
		while :; do
			"$work/afterglow" refresh --all --quiet >>"$work/refresh.log" 2>&1 || echo "refresh failed" >>"$work/refresh.failed"
			n=$((n + 1))
			echo "$n" >"$work/refreshes"
		done
	) &
	pids[refresh]=$!
}

end_refreshing() {
	kill "${pids[refresh]}" && wait "${pids[refresh]}" || true
	unset 'pids[refresh]'
	if [ -e "$work/refresh.failed" ]; then
		cat "$work/refresh.log" >&2
		return 1
	fi
}

# soaking lets readers come for long, while refreshes run, and looks at memory.
soaking() {
	local base=${address[afterglow]%/*} line pid=${pids[afterglow]} start=$SECONDS wrk
	run readers 32 "$soak" "$base/retention.svg" >"$work/soak" &
	wrk=$!
	while kill -0 "$wrk" 2>/dev/null; do
		echo "$((SECONDS - start)) $(awk '/^VmRSS/ {print $2 / 1024}' "/proc/$pid/status")" >>"$work/rss"
		sleep 1
	done
	wait "$wrk"
	printf '\n### %d s of readers, while campaigns are refreshed\n\n' "$soak"
	awk '{printf "%d requests, %.0f a second, 99 %% within %.1f ms, %d failures; ", $1, $1 / $2, $4, $5}' "$work/soak"
	echo "$(cat "$work/refreshes" 2>/dev/null || echo 0) refreshes of all campaigns ended since the first table."
	printf '\n| part of the time | resident memory, MiB: mean | most |\n|---|---|---|\n'
	awk -v all="$soak" '{p = int($1 / all * 5); if (p > 4) p = 4; n[p]++; sum[p] += $2; if ($2 > most[p]) most[p] = $2}
		END {for (p = 0; p < 5; p++) if (n[p]) printf "| %d–%d %% | %.0f | %.0f |\n", p * 20, p * 20 + 20, sum[p] / n[p], most[p]}' "$work/rss" | tee "$work/parts"
}

# limits prints what must hold, and fails if something does not. A chart from memory
# is compared with nginx at every number of connections, the least counts; a 304 at
# 32, for with many more net/http by itself is hardly above the limit.
limits() {
	printf '\n### Limits\n\n| limit | measured | |\n|---|---|---|\n'
	{
		awk "$median"'
			$1 == 200 || $1 == 304 {
				rate[$1, $2, $3, $4] = $5; tail[$1, $2, $3, $4] = $7; conns[$2]
				if ($4 > rounds) rounds = $4
			}
			# of is the median of the rounds\047 ratios.
			function of(what, c, peer, a, r, list) {
				for (r = 1; r <= rounds; r++) list = list " " a[what, c, "afterglow", r] / a[what, c, peer, r]
				return median(list)
			}
			END {
				least = 99
				for (c in conns) { r = of(200, c, "nginx", rate); if (r < least) least = r }
				print "requests a second, a chart from memory, any number of connections: at least 0.45 of nginx;" least ";" (least >= .45)
				r = of(304, 32, "nginx", rate)
				print "requests a second, 304, 32 connections: at least 0.60 of nginx;" r ";" (r >= .6)
				t = of(200, 32, "net/http", tail)
				print "p99 of a chart from memory, 32 connections: at most 1.5 of net/http;" t ";" (t <= 1.5)
			}' "$work/raw"
		awk -F'|' '$4 + 0 > most {most = $4 + 0} END {print "a chart drawn anew, 10,000 people, the dearest: at most 2 ms of processor;" most ";" (most <= 2)}' "$work/uncached"
		awk -F'|' 'NR == 2 {early = $3} {late = $3} END {print "memory of the last fifth of the time: at most 1.1 of the second fifth;" late / early ";" (late / early <= 1.1)}' "$work/parts"
		awk '{print "a refresh by another process shows: within 1 s;" $1 / 1000 ";" ($1 <= 1000)}' "$work/noticed"
		{ awk '{print $9}' "$work/raw"; awk -F'|' '{print $6}' "$work/uncached"; awk '{print $5}' "$work/soak"; } | awk '{bad += $1} END {print "failed requests: none;" bad + 0 ";" (bad == 0)}'
	} | awk -F';' '{printf "| %s | %.2f | %s |\n", $1, $2, $3 ? "PASS" : "**FAIL**"; if (!$3) bad = 1} END {exit bad}'
}
