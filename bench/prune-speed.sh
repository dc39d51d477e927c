#!/usr/bin/env bash
# Measures magnitude pruning at 50 % as whole processes, in units of a plain copy of the file plus a bare JVM start, beside
# onnxsim, and writes bench/results/prune-speed.json. Exits with 1 when a target is missed (at most 3 units, peak memory at
# most 1.5 times the file).
#
#   bench/prune-speed.sh [--runs N] [MODEL...]     default: MiniLM and SmolLM2, 5 runs
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=5
if [[ ${1:-} == --runs ]]; then
    runs=$2
    shift 2
fi
models=("$@")
((${#models[@]})) || models=("$root/data/minilm/model.onnx" "$root/data/smollm2/model.onnx")

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk

"$root/bench/data.sh" minilm smollm2
"$root/bench/peers/setup.sh"
"$root/coppice" --version # builds what is missing; the measured runs only run
export COPPICE_REBUILD=never
# shellcheck disable=SC2154 # find_jdk sets it
exec "$root/data/peers-venv/bin/python" "$root/bench/peers/prune_speed.py" \
    --java "$jdk/bin/java" --runs "$runs" --out "$root/bench/results/prune-speed.json" "${models[@]}"
