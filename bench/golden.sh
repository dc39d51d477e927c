#!/usr/bin/env bash
# The net under redesigns: runs about 80 commands over granularity x allocation x criterion x repair x steps x int8 x plan x recipe on
# small models and on MiniLM, and records exit code, receipt (without times) and SHA-256 of every output. Record before a change and
# after it, on one machine, and compare the two files.
#
#   bench/golden.sh OUT.txt [--coppice LAUNCHER] [--only PATTERN]
#   diff before.txt after.txt
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
usage() {
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
}
(($#)) || usage
out=$(realpath -m "$1")
shift
coppice=$root/coppice
only=.
while (($#)); do
    case $1 in
        --coppice) coppice=$(realpath "$2") ;;
        --only) only=$2 ;;
        *) usage ;;
    esac
    shift 2
done

"$root/bench/data.sh" minilm text >&2
"$coppice" --version >&2 # builds what is missing
export COPPICE_REBUILD=never
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ln -s "$root/data/minilm/model.onnx" minilm.onnx
ln -s "$root/data/minilm/tokenizer.json" tokenizer.json
{
    echo 'The house was built of stone, and nobody knew by whom.'
    echo 'Trees that are cut back in winter grow again in spring.'
    echo 'He read the letter twice before he answered it.'
    echo 'A model that nobody can run is of no use to anybody.'
    echo 'The ship left the harbour in the evening.'
    echo 'Two numbers that are equal need not be the same.'
    echo 'What the river takes away it gives back elsewhere.'
    echo 'The price of bread rose again in the autumn.'
} >sentences.txt
cat >recipe.yaml <<YAML
model: r8.onnx
granularity: channel
sparsity: 0.4
layers: {"*layer2*": 0.2}
keep: ["conv1*"]
seed: 3
threads: 1
YAML
cat >study.yaml <<YAML
title: golden
claim: none
settings: {data: digits}
models: {l3: {file: l3.onnx}}
grid: {criterion: [l1, random], sparsity: [0.5, 0.9]}
YAML

# Times differ from run to run, and with them what is chosen by them; digits of training are the machine's.
timeless() {
    sed -E "/latency|elapsed| ms|seconds|onnxruntime [0-9]/d; s#$work#WORK#g"
}

: >"$out"
number=0
run() { # NAME COMMAND...: one command, what it said and what it left
    local name=$1 code=0
    shift
    # shellcheck disable=SC2254 # a pattern is meant
    [[ $name =~ $only || $name == make-* ]] || return 0
    number=$((number + 1))
    echo "$number $name" >&2
    rm -rf made && mkdir made
    "$coppice" "$@" >made/.stdout 2>made/.stderr </dev/null || code=$?
    {
        echo "== $name: coppice $*"
        echo "exit $code"
        timeless <made/.stdout
        timeless <made/.stderr | sed 's/^/stderr: /'
        (cd made && find . -type f ! -name '.std*' ! -name 'provenance.json' ! -name 'receipt.*' ! -name 'report.html' ! -name 'cells.*' ! -name '*.safetensors' \
            ! -name '*.lock' | sort | xargs -r sha256sum)
    } >>"$out"
}

prune() { # NAME MODEL OPTION...
    local name=$1 model=$2
    shift 2
    run "$name" prune "$model" -o made/o.onnx --threads 1 "$@"
}

for model in lenet300 resnet8; do
    "$coppice" new $model --input 1x8x8 -o $model.onnx >&2
done
"$coppice" train resnet8.onnx -o r8.onnx --data digits --epochs 2 --threads 1 >/dev/null
"$coppice" train lenet300.onnx -o l3.onnx --data digits --epochs 2 --threads 1 >/dev/null
sha256sum r8.onnx l3.onnx >>"$out"

run inspect-r8 inspect r8.onnx
run inspect-minilm inspect minilm.onnx
run inspect-json inspect r8.onnx --json

# Zeros: granularity x allocation.
for allocate in uniform row-uniform global erk lamp; do
    prune "unstructured-$allocate" r8.onnx --sparsity 0.285 --allocate $allocate
done
for granularity in row column block:2x2 2:4 1:4; do
    prune "zeros-$granularity" r8.onnx --granularity $granularity $([[ $granularity =~ ^[0-9]: ]] || echo --sparsity 0.4)
done
prune zeros-block-global l3.onnx --granularity block:4x1 --sparsity 0.6 --allocate global
prune zeros-nonzeros r8.onnx --max-nonzeros 20000 --allocate global
prune zeros-keep-only r8.onnx --sparsity 0.5 --only '*layer*' --keep '*layer3*'
prune zeros-owl l3.onnx --sparsity 0.6 --allocate owl --data digits
prune zeros-sensitivity l3.onnx --sparsity 0.6 --allocate sensitivity --sparsities 0.3,0.6,0.9 --data digits
prune zeros-drop-dead l3.onnx --granularity row --sparsity 0.5 --drop-dead
prune zeros-nothing r8.onnx --sparsity 0
prune zeros-all r8.onnx --sparsity 1
prune zeros-json r8.onnx --sparsity 0.5 --json
prune minilm-uniform minilm.onnx --sparsity 0.5
prune minilm-global minilm.onnx --sparsity 0.5 --allocate global
prune minilm-2:4 minilm.onnx --granularity 2:4
prune minilm-wanda minilm.onnx --sparsity 0.5 --criterion wanda --data text:sentences.txt --tokenizer tokenizer.json

# Criteria, on single weights, N:M and channels.
for criterion in random l2 magnitude-uncertainty lamp fpgm wanda taylor fisher snip grasp synflow; do
    prune "criterion-$criterion" l3.onnx --criterion $criterion --sparsity 0.5 --data digits --calibrate 64 --seed 1
done
prune criterion-wanda-2:4 r8.onnx --criterion wanda --granularity 2:4 --data digits --calibrate 64
for criterion in random l1 l2 fpgm wanda apoz activation-mean activation-norm activation-variance taylor bn-scale; do
    prune "channel-$criterion" r8.onnx --granularity channel --criterion $criterion --sparsity 0.3 --data digits --calibrate 64 --seed 1
done

# Structure: granularity x allocation x budget x repair.
prune channel-uniform r8.onnx --granularity channel --sparsity 0.285
prune channel-global r8.onnx --granularity channel --sparsity 0.3 --allocate global
prune channel-macs r8.onnx --granularity channel --max-macs 0.5 --allocate global
prune channel-nonzeros r8.onnx --granularity channel --max-nonzeros 40000
prune channel-round r8.onnx --granularity channel --sparsity 0.4 --round-to 8
prune channel-min-kept r8.onnx --granularity channel --sparsity 0.6 --allocate global --min-kept 0.3
prune channel-mask-only r8.onnx --granularity channel --sparsity 0.4 --mask-only
prune channel-sensitivity r8.onnx --granularity channel --sparsity 0.4 --allocate sensitivity --sparsities 0.3,0.6 --data digits
prune channel-least-squares r8.onnx --granularity channel --sparsity 0.4 --repair least-squares --data digits --calibrate 64
prune channel-bias-bn r8.onnx --granularity channel --sparsity 0.4 --repair bias,batch-norm --data digits --calibrate 64
prune layer-r8 r8.onnx --granularity layer --sparsity 0.3 --data digits
prune heads minilm.onnx --granularity head --sparsity 0.25
prune minilm-channel-head minilm.onnx --granularity channel+head --max-macs 0.6 --allocate global
prune minilm-wanda-fit minilm.onnx --granularity channel+head --max-macs 0.6 --criterion wanda --repair least-squares \
    --data text:sentences.txt --tokenizer tokenizer.json
prune minilm-layer minilm.onnx --granularity layer --sparsity 0.4
prune minilm-normalised minilm.onnx --granularity channel --sparsity 0.2 --include-normalised
prune activation l3.onnx --granularity activation --sparsity 0.3 --data digits

# Steps and training.
prune steps-zeros l3.onnx --sparsity 0.9 --schedule cubic --steps 3 --fine-tune 1 --data digits
prune steps-geometric l3.onnx --sparsity 0.9 --schedule geometric --steps 3 --fine-tune 1 --retrain weight-rewind --rewind-to lenet300.onnx --data digits
prune steps-untrained l3.onnx --sparsity 0.9 --schedule linear --steps 3
prune steps-channel r8.onnx --granularity channel --sparsity 0.4 --schedule linear --steps 2 --fine-tune 1 --data digits
prune steps-channel-untrained r8.onnx --granularity channel --sparsity 0.5 --schedule linear --steps 3
prune distill l3.onnx --sparsity 0.8 --distill 1 --data digits
prune distill-channel r8.onnx --granularity channel --sparsity 0.4 --distill 1 --feature-weight 0.5 --data digits
prune regrow l3.onnx --sparsity 0.8 --schedule cubic --steps 3 --fine-tune 1 --regrow 0.3 --data digits
prune movement l3.onnx --criterion movement --sparsity 0.5 --schedule linear --steps 2 --fine-tune 1 --data digits
prune slimming r8.onnx --granularity channel --sparsity 0.3 --criterion bn-scale --allocate global --l1-scale 1e-4 --fine-tune 1 --data digits
prune patience l3.onnx --sparsity 0.5 --fine-tune 4 --patience 1 --data digits
prune zeros-bias r8.onnx --sparsity 0.6 --repair bias --data digits --calibrate 64
prune zeros-bias-tuned r8.onnx --sparsity 0.6 --repair bias --fine-tune 1 --data digits --calibrate 64

# int8, plans, recipes, runs.
prune int8-dynamic l3.onnx --sparsity 0.5 --int8 dynamic
prune int8-static r8.onnx --granularity channel --sparsity 0.3 --int8 static --data digits
prune int8-max-drop r8.onnx --granularity channel --sparsity 0.3 --int8 static --max-drop 0.002 --data digits
run compress-dynamic compress minilm.onnx -o made/o.onnx --int8 dynamic
run compress-static compress r8.onnx -o made/o.onnx --int8 static --data digits --threads 1
prune run-directory r8.onnx --granularity channel --sparsity 0.4 --run made/run
prune run-directory-zeros l3.onnx --sparsity 0.5 --run made/run
"$coppice" prune r8.onnx -o p.onnx --granularity channel --sparsity 0.4 --run planned --threads 1 >/dev/null
"$coppice" prune l3.onnx -o p.onnx --sparsity 0.4 --run planned-zeros --threads 1 >/dev/null
prune plan-channel r8.onnx --plan planned/plan.json
prune plan-channel-mask r8.onnx --plan planned/plan.json --mask-only
prune plan-zeros l3.onnx --plan planned-zeros/plan.json
run recipe run recipe.yaml -o made/o.onnx
prune print-recipe r8.onnx --granularity channel --max-macs 0.5 --repair least-squares --data digits --print-recipe
run sensitivity sensitivity l3.onnx --data digits --sparsities 0.3,0.6,0.9 --threads 1
run study study study.yaml --run made/run
run evaluate evaluate r8.onnx --data digits --threads 1
run evaluate-reference evaluate r8.onnx --data digits --reference l3.onnx --threads 1

# What is refused.
prune refused-criterion r8.onnx --sparsity 0.5 --criterion l3
prune refused-both r8.onnx --sparsity 0.5 --max-macs 0.5 --granularity channel
prune refused-nothing r8.onnx --sparsity 0.5 --only 'nobody*'
prune refused-data r8.onnx --sparsity 0.5 --criterion wanda
echo "$number commands, recorded in $out" >&2
