#!/usr/bin/env bash
# Prunes real models with ./coppice in every granularity and allocation that the independent reference knows, and has each
# output compared with the reference bit for bit, checked by ONNX's full check, and loaded and run by ONNX Runtime.
#
#   bench/verify-pruned.sh [MODEL...]     default: MiniLM, the PP-OCR models, ResNet-20, EfficientNet-Lite0
#
# Needs bench/data.sh and bench/peers/setup.sh to have run (it runs the latter). Exits with 1 when any output deviates.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=$root/data/peers-venv/bin/python
models=("$@")
((${#models[@]})) || models=(
    "$root/data/minilm/model.onnx" "$root"/data/ppocr/*.onnx
    "$root"/../shared/models/{resnet20,efficientnet_lite0}.onnx)
variants=(
    "--granularity unstructured --allocate uniform"
    "--granularity unstructured --allocate row-uniform"
    "--granularity unstructured --allocate global"
    "--granularity 2:4 --allocate uniform"
    "--granularity block:2x1 --allocate uniform --criterion l2"
    "--granularity block:4x1 --allocate uniform"
    "--granularity row --allocate uniform"
    "--granularity column --allocate global")

"$root/bench/peers/setup.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for model in "${models[@]}"; do
    for variant in "${variants[@]}"; do
        read -ra options <<<"$variant --sparsity 0.5"
        out=$work/$(basename "$model")
        rm -f "$out"
        printf '%s %s\n' "$(basename "$model")" "${options[*]}"
        "$root/coppice" prune "$model" -o "$out" "${options[@]}" --json >"$work/receipt.json" 2>"$work/log" \
            && "$python" "$root/bench/peers/verify_pruned.py" "${options[@]}" "$model" "$out" \
            && "$python" "$root/bench/peers/full_check.py" "$out" \
            || { failed=$((failed + 1)); sed 's/^/  /' "$work/log"; }
    done
done
echo "$((${#models[@]} * ${#variants[@]} - failed)) passed, $failed failed"
((failed == 0))
