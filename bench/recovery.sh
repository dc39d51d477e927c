#!/usr/bin/env bash
# Measures what training recovers after pruning, on real data through the library; docs/recovery.md shows the figures.
#
#   bench/recovery.sh [--threads N] [--out FILE] CASE...     cases are globs: 'lenet300/**' 'lenet5/**' 'retrain/**'
#                                                            'resnet20/*' 'minilm/**' 'efficientnet/*'; default 2 threads
#
# Cases that are not run keep their results in FILE (default bench/results/recovery.json). Pruning starts from models of earlier
# cases (lenet5/seed1/dense), so run those first. A case that was interrupted goes on when it is run again. The LeNets take about two hours of one core, ResNet-20 an hour of two for each case, MiniLM fifteen minutes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
threads=2
out=$root/bench/results/recovery.json
page=RecoveryPage:docs/recovery.md
while (($#)); do
    case $1 in
        --threads) threads=$2 ;;
        --out) out=$2 ;;
        --page) page=$2 ;; # CLASS:FILE that shows the results, for bench/structured.sh
        -*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
        *) break ;;
    esac
    shift 2
done
(($#)) || set -- '**'

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
"$root/bench/data.sh" mnist cifar10 minilm text
"$root/coppice" --version >&2 # builds what is missing
work=$root/data/experiments
lib=${COPPICE_LIB:-$root/cli/target/lib}
mkdir -p "$work/classes"
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$work/classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/{recovery,results,text}/*.java
cd "$root"
java() { "$jdk/bin/java" -Xmx4g --enable-native-access=ALL-UNNAMED -cp "$work/classes:$lib/*" "$@"; }

[[ -f data/text/sentences.txt ]] || java dev.coppice.bench.text.Sentences data/text data/text/sentences.txt 16384
# Half of the ImageNet sample teaches, the other half tests.
if [[ -d ../shared/data/imagenet-sample && ! -d $work/imagenet ]]; then
    mkdir -p "$work/imagenet/train" "$work/imagenet/test"
    i=0
    for image in ../shared/data/imagenet-sample/*.*; do
        if ((i++ % 2)); then part=test; else part=train; fi
        ln -sf "$(realpath "$image")" "$work/imagenet/$part/"
    done
fi
java dev.coppice.bench.recovery.Experiments data ../shared data/experiments "$out" "$threads" "$@"
java "dev.coppice.bench.recovery.${page%%:*}" "$out" "$root/${page#*:}"
