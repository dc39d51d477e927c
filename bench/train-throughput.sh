#!/usr/bin/env bash
# Measures steps of training: Coppice's trainer beside the same libtorch operations called directly, beside Python PyTorch, and with
# the spinning thread pools that Coppice prevents. Writes bench/results/train-throughput.json and docs/throughput.md.
#
#   bench/train-throughput.sh [--rounds N] [--turns N] [--no-python] [WORKLOAD...]   default 8 steps, 5 turns; lenet5 resnet20 minilm
#
# Python and Coppice take turns, a process each: a shared machine changes its speed from minute to minute.
# COPPICE_TORCH_PYTHON names a Python that has PyTorch 2.10.0; without it one is installed into data/torch-venv (several GB).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=8
turns=5
peer=yes
while (($#)); do
    case $1 in
        --rounds) rounds=$2; shift 2 ;;
        --turns) turns=$2; shift 2 ;;
        --no-python) peer=no; shift ;;
        -*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
        *) break ;;
    esac
done
(($#)) || set -- lenet5 resnet20 minilm

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
cd "$root"
"$root/bench/data.sh" minilm
if [[ -z ${COPPICE_LIB:-} ]]; then
    "$root/coppice" --version >&2 # builds what is missing
fi
lib=${COPPICE_LIB:-$root/cli/target/lib}
classes=$(mktemp -d)
lines=$(mktemp)
trap 'rm -rf "$classes" "$lines"' EXIT
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/throughput/*.java
java() {
    "$jdk/bin/java" -Xmx4g --enable-native-access=ALL-UNNAMED -cp "$classes:$lib/*" \
        dev.coppice.bench.throughput.Throughput data ../shared "$@"
}
python=${COPPICE_TORCH_PYTHON:-$root/data/torch-venv/bin/python}
if [[ $peer == yes && -z ${COPPICE_TORCH_PYTHON:-} && ! -x $python ]]; then
    python3 -m venv "$root/data/torch-venv"
    "$root/data/torch-venv/bin/pip" install -q --disable-pip-version-check -r "$root/bench/peers/torch-requirements.txt"
fi
note() { # KIND WORKLOAD THREADS JSON
    printf '{"kind":"%s","workload":"%s","threads":%s,"load":%s,"run":%s}\n' "$1" "$2" "$3" "$(cut -d' ' -f1 /proc/loadavg)" "$4" >>"$lines"
}

for workload; do
    for threads in 1 2; do
        echo "$workload, $threads" >&2
        for ((turn = 0; turn < turns; turn++)); do
            if [[ $peer == yes ]]; then
                timed=$("$python" bench/peers/train_throughput.py "$workload" "$threads" "$rounds")
                note python "$workload" "$threads" "$timed"
            fi
            note java "$workload" "$threads" "$(java "$workload" "$threads" "$rounds")"
        done
        if ((threads == 2)); then # what libgomp and OpenBLAS do unless told otherwise
            note trap "$workload" 2 "$(GOMP_SPINCOUNT=300000000 OPENBLAS_THREAD_TIMEOUT=26 java "$workload" 2 "$rounds")"
        fi
    done
done
python3 "$root/bench/peers/train_throughput_page.py" "$lines" "$root/bench/results/train-throughput.json" "$root/docs/throughput.md"
