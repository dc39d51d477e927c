#!/usr/bin/env bash
# Prunes real models with ./coppice in every way that docs/quality.md lists, has each output verified independently,
# measures its quality on real data beside the published value, and writes bench/results/quality.json and that page.
#
#   bench/quality.sh [--threads N] [CASE...]     cases are globs such as 'minilm/*' or '*/dense'; default: all, 1 thread
#
# Cases that are not run keep their results. Exits with 1 when an output is wrong (bench/peers/quality.py says what that
# means); a quality that differs from the published one is no failure, but marked.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk

"$root/bench/data.sh" minilm cifar10 ppocr smollm2
"$root/bench/peers/setup.sh"
"$root/coppice" --version # builds what is missing
export COPPICE_REBUILD=never
# shellcheck disable=SC2154 # find_jdk sets it
exec "$root/data/peers-venv/bin/python" "$root/bench/peers/quality.py" --java "$jdk/bin/java" \
    --out "$root/bench/results/quality.json" --page "$root/docs/quality.md" "$@"
