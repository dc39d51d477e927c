#!/usr/bin/env bash
# Kills commands with SIGKILL at random moments, runs or resumes them again, and compares with an undisturbed run bit for bit:
#   prune        to a new file                       force        over itself, with external data
#   train        with --run, then 'coppice resume'   steps        pruning and training in turn, then 'coppice resume'
#   sensitivity  the same command again              study        the same command again
# Right after the kill an output is whole (the old or the new one) or absent; after the next run nothing half written is left.
# Writes bench/results/kill-resume.json; exits with 1 when any result differs.
#
#   bench/kill-resume.sh [--times N] [--seed N] [KIND...]      default 30 times each, seed 1, all kinds
#
# COPPICE_COMMAND replaces the launcher, as "java ... dev.coppice.cli.Main".
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
times=30
RANDOM=1
kinds=()
while (($#)); do
    case $1 in
        --times) times=$2; shift ;;
        --seed) RANDOM=$2; shift ;;
        prune | force | train | steps | sensitivity | study) kinds+=("$1") ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift
done
((${#kinds[@]})) || kinds=(prune force train steps sensitivity study)

read -ra coppice <<<"${COPPICE_COMMAND:-$root/coppice}"
version=$("${coppice[@]}" --version) # builds what is missing
export COPPICE_REBUILD=never
export COPPICE_JAVA_OPTS=-Dcoppice.checkpoint.seconds=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir tmp
export TMPDIR=$work/tmp JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=$work/tmp

c() { # becomes the JVM, so that the kill hits it
    exec "${coppice[@]}" "$@" >/dev/null 2>>"$work/log"
}
(c new lenet300 --input 1x8x8 -o dense.onnx)
cat >study.yaml <<YAML
title: Zeros in a small model
settings: {data: digits, limit: 200}
models: {mlp: {file: $work/dense.onnx}}
grid:
  criterion: [l1, random]
  sparsity: [0.3, 0.6, 0.9]
YAML

# What a kind does in the folder it is started in, how it goes on, and which files must be the same in the end.
begin() {
    case $1 in
        force) cp "$work/external/"* . ;;
    esac
}
run() {
    case $1 in
        prune) c prune ../dense.onnx -o out.onnx --sparsity 0.9 ;;
        force) c prune m.onnx -o m.onnx --sparsity 0.9 --force ;;
        train) c train ../dense.onnx -o out.onnx --epochs 3 --data digits --batch 32 --threads 1 --run run ;;
        steps) c prune ../dense.onnx -o out.onnx --sparsity 0.9 --schedule cubic --steps 3 --fine-tune 2 --data digits \
            --optimizer adamw --batch 32 --threads 1 --run run ;;
        sensitivity) c sensitivity ../dense.onnx --data digits --limit 200 --threads 1 --run run ;;
        study) c study ../study.yaml --run run ;;
    esac
}
again() {
    case $1 in
        train | steps) if [[ -f run/recipe.yaml && ! -f run/receipt.json ]]; then c resume run; else run "$1"; fi ;;
        *) run "$1" ;;
    esac
}
results() {
    case $1 in
        prune | train | steps) sha256sum out.onnx ;;
        force) sha256sum m* ;;
        sensitivity) sha256sum run/sensitivity.json ;;
        study) sha256sum run/tables.md ;;
    esac
}
# The outputs that are there right after the kill: each must be the old or the new one.
present() {
    case $1 in
        force) sha256sum m.onnx "$(strings m.onnx | grep -o 'm[-.][a-z0-9.]*data' | head -1)" ;;
        *) [[ ! -f out.onnx ]] || sha256sum out.onnx ;;
    esac
}
litter() { # what is half written, and the names of all files
    find . "$work/tmp" \( -name '.coppice-*' -o -name 'coppice-*' \) -printf '%p\n' | sort
    [[ ! -d run/work ]] || find run/work -type f
    find . -type f -not -path './run/checkpoints/*' | sort
}

mkdir external # a model with external data, of the shared cases
cp "${COPPICE_SHARED:-$root/../shared}/cases/hostile/kill-between-renames/"m.onnx* external/
chmod u+w external/*

failures=0
all=
for kind in "${kinds[@]}"; do
    rm -rf whole && mkdir whole && cd whole
    begin "$kind"
    old=$(present "$kind")
    start=$(date +%s%N)
    (run "$kind")
    millis=$((($(date +%s%N) - start) / 1000000))
    expected=$(results "$kind")
    new=$(present "$kind")
    clean=$(litter)
    cd ..
    cases=
    for ((i = 0; i < times; i++)); do
        rm -rf one && mkdir one && cd one
        begin "$kind"
        after=$((RANDOM * millis / 32768))
        (run "$kind") &
        sleep "$((after / 1000)).$(printf %03d $((after % 1000)))"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        there=$(present "$kind")
        whole=$([[ $there == "$old" || $there == "$new" ]] && echo true || echo false)
        finished=$([[ $there == "$new" && -n $there ]] && echo true || echo false)
        (again "$kind") || true
        same=$([[ $(results "$kind") == "$expected" ]] && echo true || echo false)
        left=$([[ $(litter) == "$clean" ]] && echo false || echo true)
        [[ $whole$same$left == truetruefalse ]] || { failures=$((failures + 1)); diff <(echo "$clean") <(litter) >&2 || true; }
        cd ..
        cases+="${cases:+,}
   {\"killed-after-ms\": $after, \"whole-or-absent\": $whole, \"finished-before\": $finished, \"same-bits\": $same, \"litter\": $left}"
        echo "$kind $((i + 1))/$times killed after $after ms: whole $whole, same bits $same, litter $left" >&2
    done
    all+="${all:+,}
  \"$kind\": {\"undisturbed-ms\": $millis, \"cases\": [$cases
  ]}"
done

cat >"$root/bench/results/kill-resume.json" <<JSON
{
 "provenance": {
  "date": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
  "commit": "$(git -C "$root" rev-parse HEAD)",
  "coppice": "$version",
  "processors": $(nproc)
 },
 "times": $times,
 "failed": $failures,
 "kinds": {$all
 }
}
JSON
((failures == 0))
