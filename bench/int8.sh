#!/usr/bin/env bash
# Quantizes models to static int8 with each way of calibration, judges them on data that calibration has not seen, and times them beside the
# float models; docs/static-int8.md shows the figures.
#
#   bench/int8.sh [--threads N] [--out FILE] CASE...    cases are globs: 'resnet20/*' 'efficientnet-lite0/mse' 'ppocr-rec-v4/{float,mse}'
#                                                       '*/latency-percentile' (of a model quantized before); default all, 1 thread
#
# Cases that are not run keep their results in FILE (default bench/results/static-int8.json). The recognisers read lines that bench/ocr.sh paints,
# and EfficientNet-Lite0 the ImageNet sample as bench/recovery.sh splits it; run those first. All of it takes about ten minutes of one quiet core.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
threads=1
out=$root/bench/results/static-int8.json
while (($#)); do
    case $1 in
        --threads) threads=$2 ;;
        --out) out=$2 ;;
        -*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
        *) break ;;
    esac
    shift 2
done
(($#)) || set -- '**'

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
"$root/bench/data.sh" cifar10 ppocr
[[ -n ${COPPICE_LIB-} ]] || "$root/coppice" --version >&2 # builds what is missing
work=$root/data/experiments/int8
lib=${COPPICE_LIB:-$root/cli/target/lib}
mkdir -p "$work/classes"
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$work/classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/{int8,ocr,results}/*.java
cd "$root"
revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
java() {
    "$jdk/bin/java" -Xmx3g -Dcoppice.revision="$revision" --enable-native-access=ALL-UNNAMED -cp "$work/classes:$lib/*" "$@"
}

java dev.coppice.bench.int8.StaticExperiment data ../shared data/experiments/int8 "$out" "$threads" "$@"
java dev.coppice.bench.int8.StaticPage "$out" "$root/docs/static-int8.md"
