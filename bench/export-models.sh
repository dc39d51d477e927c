#!/usr/bin/env bash
# Exports torchvision models and small modules of our own, with random weights, to ONNX in both dialects of torch's exporters,
# into data/exports (bench/peers/export_models.py says what and how it is verified).
#
#   bench/export-models.sh [--only GLOB] [--dialect torchscript|dynamo] [--out DIR]
#
# COPPICE_TORCH_PYTHON names a Python that has all of bench/peers/export-requirements.txt; without it they are installed into
# data/torch-venv (several GB, most of it CUDA libraries that nothing here uses).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${COPPICE_TORCH_PYTHON:-$root/data/torch-venv/bin/python}
if [[ -z ${COPPICE_TORCH_PYTHON:-} ]]; then
    venv=$root/data/torch-venv
    stamp=$venv/.export-requirements.txt
    if ! cmp -s "$root/bench/peers/export-requirements.txt" "$stamp"; then
        [[ -x $python ]] || python3 -m venv "$venv"
        "$python" -m pip install -q --disable-pip-version-check -r "$root/bench/peers/export-requirements.txt"
        cp "$root/bench/peers/export-requirements.txt" "$stamp"
    fi
fi
exec "$python" "$root/bench/peers/export_models.py" --out "$root/data/exports" "$@"
