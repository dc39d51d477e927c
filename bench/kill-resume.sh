#!/usr/bin/env bash
# Kills training with SIGKILL at random moments and resumes it, and compares the results with an undisturbed run bit for bit.
# Writes bench/results/kill-resume.json; exits with 1 when any result differs.
#
#   bench/kill-resume.sh [--times N] [--seed N]      default 20 times, seed 1
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
times=20
RANDOM=1
while (($#)); do
    case $1 in
        --times) times=$2 ;;
        --seed) RANDOM=$2 ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift 2
done

"$root/coppice" --version >&2 # builds what is missing
export COPPICE_REBUILD=never
export COPPICE_JAVA_OPTS=-Dcoppice.checkpoint.seconds=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$root/coppice" new lenet300 --input 1x8x8 -o dense.onnx >&2
prune() { # OUTPUT RUN; becomes the JVM, so that the kill hits it
    exec "$root/coppice" prune dense.onnx -o "$1" --sparsity 0.9 --schedule cubic --steps 3 --fine-tune 4 --data digits \
        --optimizer adamw --batch 32 --threads 2 --run "$2" >/dev/null
}
start=$(date +%s%N)
(prune whole.onnx whole)
millis=$((($(date +%s%N) - start) / 1000000))
expected=$(sha256sum <whole.onnx)

failures=0
cases=
for ((i = 0; i < times; i++)); do
    rm -rf run out.onnx
    after=$((RANDOM * millis / 32768))
    (prune out.onnx run) &
    sleep "$((after / 1000)).$(printf %03d $((after % 1000)))"
    kill -9 $! 2>/dev/null || true
    wait $! 2>/dev/null || true
    reached=$(find run/checkpoints -name '[0-9]*.safetensors' 2>/dev/null | sort | tail -1 | sed 's#.*/##; s#\..*##' || true) # none so early
    finished=$([[ -f out.onnx ]] && echo true || echo false)
    if [[ -f run/recipe.yaml ]]; then
        "$root/coppice" resume run >/dev/null
    else
        (prune out.onnx run) # killed before there was anything to resume
    fi
    same=$([[ $(sha256sum <out.onnx) == "$expected" ]] && echo true || echo false)
    [[ $same == true ]] || failures=$((failures + 1))
    cases+="${cases:+,}
  {\"killed-after-ms\": $after, \"checkpoint\": \"$reached\", \"finished-before\": $finished, \"same-bits\": $same}"
    echo "$((i + 1))/$times killed after $after ms at checkpoint ${reached:-none}: same bits $same" >&2
done

cat >"$root/bench/results/kill-resume.json" <<JSON
{
 "provenance": {
  "date": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "commit": "$(git -C "$root" rev-parse HEAD)",
  "coppice": "$("$root/coppice" --version)",
  "undisturbed-ms": $millis,
  "sha256": "${expected%% *}"
 },
 "times": $times,
 "different": $failures,
 "cases": [$cases
 ]
}
JSON
((failures == 0))
