#!/usr/bin/env bash
# The flagship: MiniLM cut in four ways, distilled, in fp32 and in int8; Spearman, bytes and latency of all ten, interleaved in one process.
#
#   bench/flagship.sh [--no-train] [--rounds N] [--models DIR]
#
# Models that bench/structured.sh has distilled already (data/experiments/structured/minilm/*/distilled.onnx, or DIR/*/distilled.onnx) are
# taken as they are; the others are distilled first, about 15 minutes each on 2 cores. With --no-train a cut without training
# (DIR/*/cut.onnx) stands in for size and latency, marked as such, or the cut is left out. Writes bench/results/flagship.json, docs/flagship.md and
# docs/flagship.svg. Beside it runs the dense model in int8 by ONNX Runtime's own Python quantizer, where Python is there.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
train=1
rounds=60
models=$root/data/experiments/structured/minilm
while (($#)); do
    case $1 in
        --no-train) train=0; shift; continue ;;
        --rounds) rounds=$2 ;;
        --models) models=$2; train=0 ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift 2
done

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
"$root/bench/data.sh" minilm text
[[ -n ${COPPICE_LIB-} ]] || "$root/coppice" --version >&2 # builds what is missing
if ((train)); then
    for cut in 768-9 512-8 global-768-9 global-512-8; do
        [[ -f $models/$cut/distilled.onnx ]] || "$root/bench/structured.sh" "structured/minilm/$cut/distilled"
    done
fi
work=$root/data/experiments/flagship
mkdir -p "$work/classes"
if [[ ! -f $work/peer.onnx ]] && "$root/bench/peers/setup.sh"; then
    "${COPPICE_PEERS_VENV:-$root/data/peers-venv}/bin/python" "$root/bench/peers/quantize_dynamic.py" \
        "$root/data/minilm/model.onnx" "$work/peer.onnx"
fi
lib=${COPPICE_LIB:-$root/cli/target/lib}
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$work/classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/flagship/*.java
cd "$root"
java() { "$jdk/bin/java" -Xmx4g --enable-native-access=ALL-UNNAMED -cp "$work/classes:$lib/*" "$@"; }
java dev.coppice.bench.flagship.Flagship data ../shared "$models" "$work" bench/results/flagship.json "$rounds"
java dev.coppice.bench.flagship.FlagshipPage bench/results/flagship.json docs/flagship.md docs/flagship.svg
