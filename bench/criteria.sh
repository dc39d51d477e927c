#!/usr/bin/env bash
# Compares all criteria on ResNet-20 and MiniLM, pruned once, without training and after a small budget of it; docs/criteria-results.md shows the figures.
#
#   bench/criteria.sh [--limit N] [MODEL...]     MODEL: resnet20, minilm; N test samples, default 1000 (STS-B has 1379: --limit 1379 minilm)
#   bench/criteria.sh --cost                     what collecting activations costs beside plain inference
#
# Cells that have a line in bench/results/criteria.jsonl are not measured again; delete the file to start anew.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
limit=1000
if [[ ${1-} == --limit ]]; then
    limit=$2
    shift 2
fi
# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
"$root/bench/data.sh" cifar10 minilm
"$root/coppice" --version >&2 # builds what is missing
classes=$root/data/experiments/criteria-classes
lib=${COPPICE_LIB:-$root/cli/target/lib}
mkdir -p "$classes"
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/criteria/*.java
cd "$root"
java() { "$jdk/bin/java" -Xmx4g --enable-native-access=ALL-UNNAMED -cp "$classes:$lib/*" "$@"; }

if [[ ${1-} == --cost ]]; then
    java dev.coppice.bench.criteria.EvidenceCost bench/results/evidence-cost.json
    exit
fi
(($#)) || set -- resnet20 minilm
java dev.coppice.bench.criteria.CriteriaTable bench/results/criteria.jsonl docs/criteria-results.md "$limit" "$@"
