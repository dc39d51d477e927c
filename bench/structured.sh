#!/usr/bin/env bash
# Measures structured pruning of pretrained networks on real data: cut, repaired without gradients, distilled; docs/structured-results.md
# shows the figures.
#
#   bench/structured.sh [--threads N] [CASE...]     cases are globs: 'structured/minilm/**' 'structured/resnet20/**'; default all
#
# Cases that are not run keep their results. All of them take two hours on 2 cores; without training, minutes:
# 'structured/minilm/**/{wanda,l2,random}'.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
threads=2
if [[ ${1-} == --threads ]]; then
    threads=$2
    shift 2
fi
(($#)) || set -- 'structured/**'
exec "$root/bench/recovery.sh" --threads "$threads" --out "$root/bench/results/structured.json" \
    --page StructuredPage:docs/structured-results.md "$@"
