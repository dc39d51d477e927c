#!/usr/bin/env bash
# Mutates real models and demands that only typed errors come out (dev.coppice.bench.fuzz.MutationFuzz). Writes
# bench/results/fuzz.json (small models) and bench/results/fuzz-minilm.json; then random models of changed structure go through
# the commands (dev.coppice.bench.fuzz.StructuredFuzz, bench/results/fuzz-structured.json), and damaged npz files, tokenizers, recipes
# and checkpoints (dev.coppice.bench.fuzz.InputFuzz, bench/results/fuzz-inputs.json). Exits with 1 when one failed.
#
#   bench/fuzz.sh [--count N] [--minilm-count N] [--structured-count N] [--inputs-count N] [--seed S]
#                                                                      default: 100000, 2000, 20000, 3000, 1
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
count=100000
minilm=2000
structured=20000
inputs=3000
seed=1
while (($#)); do
    case $1 in
        --count) count=$2 ;;
        --minilm-count) minilm=$2 ;;
        --structured-count) structured=$2 ;;
        --inputs-count) inputs=$2 ;;
        --seed) seed=$2 ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift 2
done

cd "$root"
# shellcheck source=../build/jdk.sh
. build/jdk.sh
find_jdk
bench/data.sh minilm ppocr onnx-testdata
# shellcheck disable=SC2154 # find_jdk sets it
JAVA_HOME=$jdk mvn -q -B -pl bench -am -DskipTests package dependency:build-classpath -Dmdep.outputFile=target/classpath \
    </dev/null >&2

fuzz() { # NAME COUNT HEAP FILE...
    local result=bench/results/$1.json number=$2 heap=$3
    shift 3
    mkdir -p bench/results
    "$jdk/bin/java" "-Xmx$heap" -cp "bench/target/classes:$(cat bench/target/classpath)" \
        dev.coppice.bench.fuzz.MutationFuzz "$result" "$number" "$seed" "$@"
}

testdata=data/onnx-testdata
fuzz fuzz "$count" 1g \
    ../shared/models/light_{zfnet512,squeezenet,inception_v1,resnet50,densenet121}.onnx ../shared/models/resnet20.onnx \
    data/ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx \
    $testdata/node/test_{if,loop11,scan_sum,lstm_defaults,gru_seq_length,slice,einsum_transpose,training_dropout_mask}/model.onnx \
    $testdata/pytorch-converted/test_{Conv2d,ConvTranspose2d,Embedding,Linear,PixelShuffle}/model.onnx \
    $testdata/pytorch-operator/test_operator_{repeat,view,concat2,conv}/model.onnx \
    $testdata/simple/test_{sequence_model1,expand_shape_model1,shrink}/model.onnx
fuzz fuzz-minilm "$minilm" 1500m data/minilm/model.onnx

commands() { # CLASS NAME COUNT
    # shellcheck disable=SC2154 # find_jdk sets it
    "$jdk/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED -cp "bench/target/classes:$(cat bench/target/classpath)" \
        "dev.coppice.bench.fuzz.$1" "bench/results/$2.json" "$3" "$seed"
}
commands StructuredFuzz fuzz-structured "$structured"
commands InputFuzz fuzz-inputs "$inputs"
