#!/bin/sh
# What the dashboard costs its terminal, beside htop and btop in the same run: first frame from what the store knows, bytes a
# second on a live screen, key latency, memory, and how fast every way of leaving is. Needs ttycost (../shared/tools) and
# python3; htop and btop are measured where they are installed. Prints figures; judges nothing.
#
#     OUT=build/cc sh tests/bench/screen.sh        (called by `make bench`)
set -eu
tool=${TTYCOST:-../shared/tools/ttycost}
here=$(cd "$(dirname "$0")/.." && pwd)
for need in python3 "$OUT/landline" "$OUT/testserver"; do
	command -v "$need" >/dev/null 2>&1 || { echo "screen figures skipped: $need is not there"; exit 0; }
done
[ -f "$tool" ] || { echo "screen figures skipped: $tool is not there"; exit 0; }

work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT INT TERM
"$OUT/testserver" --scenario "$here/scenarios/now.scn" >"$work/config" 2>"$work/server.log" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -s "$work/config" ] && break
	python3 -c 'import time; time.sleep(0.2)'
done
mkdir "$work/home"
# fill the store: what a user's second start finds
HOME=$work/home timeout 12 "$OUT/landline" collect -c "$work/config" KP 2>"$work/collect.log" || true

measure() {
	python3 "$tool" --size 120x36 --seconds "${SECONDS_STEADY:-20}" --runs "${RUNS:-3}" "$@" | sed -n '1,2p'
}
echo "# landline: KP, live against the local test server, store filled"
measure --home "$work/home" --quit q --probe j -- "$OUT/landline" -c "$work/config" KP
for other in htop btop; do
	command -v $other >/dev/null 2>&1 || { echo "# $other is not installed"; continue; }
	echo "# $other"
	if [ $other = htop ]; then measure --quit q -- htop -d 10; else measure --quit q -- btop; fi
done
