#!/usr/bin/env bash
# Measures how long ./coppice takes to start, against a bare `java -version` of the same JDK, alternating.
#
#   bench/startup.sh [RUNS]     default 31
#
# Prints medians and minima of the wall time in milliseconds. Fails when `coppice --version` takes more than 4 times as long.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/jdk.sh
find_jdk
runs=${1:-31}
[[ -n ${EPOCHREALTIME:-} ]] || { echo 'startup: bash 5 is needed' >&2; exit 1; }
times=$(mktemp -d)
trap 'rm -rf "$times"' EXIT

commands=("$jdk/bin/java -version" './coppice --version' './coppice --help')

run() { # INDEX: run one command, append its microseconds
    local start=${EPOCHREALTIME/[.,]/}
    ${commands[$1]} >/dev/null 2>&1
    echo $((${EPOCHREALTIME/[.,]/} - start)) >>"$times/$1"
}

median() { sort -n "$times/$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
minimum() { sort -n "$times/$1" | head -n 1; }

./coppice --version >/dev/null # builds what is missing
for ((i = 0; i < runs; i++)); do
    for index in "${!commands[@]}"; do run "$index"; done
done

bare=$(median 0)
awk -v runs="$runs" 'BEGIN { printf "%-20s %8s %8s %8s   (%d runs)\n", "command", "median", "min", "ratio", runs }'
for index in "${!commands[@]}"; do
    awk -v name="${commands[$index]##*/}" -v median="$(median "$index")" -v min="$(minimum "$index")" -v bare="$bare" \
        'BEGIN { printf "%-20s %5.1f ms %5.1f ms %7.2fx\n", name, median / 1e3, min / 1e3, median / bare }'
done
(($(median 1) <= 4 * bare)) || { echo 'startup: more than 4 times a bare java -version' >&2; exit 1; }
