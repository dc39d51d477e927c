#!/usr/bin/env bash
# Tells how much of each model's weights structured pruning can reach, and why not the rest; how long that takes beside loading the file.
#
#   bench/coverage.sh [MODEL...]     default: the models of the shared folder and of data/; writes docs/structured-coverage.md
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
if (($#)); then
    models=("$@")
else
    "$root/bench/data.sh" minilm ppocr smollm2
    models=("$root"/../shared/models/*.onnx "$root"/data/{minilm,ppocr,smollm2}/*.onnx)
fi
"$root/coppice" --version >&2 # builds what is missing
lib=${COPPICE_LIB:-$root/cli/target/lib}
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/law/*.java
"$jdk/bin/java" --enable-native-access=ALL-UNNAMED -cp "$classes:$lib/*" dev.coppice.bench.law.CoverageTable \
    "$root/bench/results/structured-coverage.json" "$root/docs/structured-coverage.md" "${models[@]}"
