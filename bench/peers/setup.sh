#!/usr/bin/env bash
# Makes the Python environment of bench/peers in the ignored folder data/peers-venv (once per requirements.txt).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${COPPICE_PEERS_VENV:-$here/../../data/peers-venv}
stamp=$venv/.requirements.txt

cmp -s "$here/requirements.txt" "$stamp" && exit
rm -rf "$venv"
mkdir -p "$(dirname "$venv")"
python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
cp "$here/requirements.txt" "$stamp"
