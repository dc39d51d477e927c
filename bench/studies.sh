#!/usr/bin/env bash
# Runs named studies (bench/studies/NAME.yaml) and puts what came of them into bench/results/studies and docs/studies.
#
#   bench/studies.sh [--jobs N] [NAME...]     default: all, one cell at a time; finished cells in data/studies are not repeated
#
# The text of docs/studies/NAME.md is written by people; what stands below its last line "<!-- bench/studies.sh -->" is replaced.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=1
while [[ ${1-} == --* ]]; do
    case $1 in
        --jobs) jobs=$2; shift 2 ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
done
cd "$root"
(($#)) || set -- $(basename -s .yaml bench/studies/*.yaml)
bench/data.sh mnist cifar10 minilm
mkdir -p bench/results/studies docs/studies data/studies

for name; do
    run=data/studies/$name
    nice -n 5 ./coppice study "$name" --run "$run" --jobs "$jobs"
    cp "$run/cells.csv" "bench/results/studies/$name.csv"
    page=docs/studies/$name.md
    [[ -f $page ]] || printf '# %s\n\n<!-- bench/studies.sh -->\n' "$name" >"$page"
    sed -i '/^<!-- bench\/studies.sh -->$/q' "$page"
    for chart in sparsity theoretical measured; do
        [[ -f $run/$chart.svg ]] || continue
        cp "$run/$chart.svg" "docs/studies/$name-$chart.svg"
        # Of the two pictures that say nearly the same the page shows the first.
        [[ $chart == theoretical ]] || printf '\n![quality, %s](%s-%s.svg)\n' "$chart" "$name" "$chart" >>"$page"
    done
    { echo; cat "$run/tables.md"; } >>"$page"
done
