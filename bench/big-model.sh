#!/usr/bin/env bash
# Prunes a synthetic model of external data that is larger than the heap, checks that exactly the smaller half of each weight
# is zero, and writes bench/results/big-model.json. Needs twice the model's size (three times while it is made) in TMPDIR.
# Exits with 1 when pruning fails, a weight is not half zeros, or the heap exceeds 1 GiB.
#
#   bench/big-model.sh [--megabytes N] [--heap SIZE]     default: 4096, 1g
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
megabytes=4096
heap=1g
while (($#)); do
    case $1 in
        --megabytes) megabytes=$2 ;;
        --heap) heap=$2 ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
    esac
    shift 2
done

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
"$root/coppice" --version >&2 # builds what is missing
export COPPICE_REBUILD=never

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
classes=$work/classes
app=$root/cli/target
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$classes" -cp "$app/lib/*" "$root/bench/src/main/java/dev/coppice/bench/BigModel.java"
big_model() { # of little heap itself
    "$jdk/bin/java" -Xmx128m -cp "$classes:$app/lib/*" dev.coppice.bench.BigModel "$@"
}

# Prints the most memory that process $1 has had until it ends, in KiB: resident in all, and anonymous (not of a mapped file).
watch_memory() {
    local resident=0 anonymous=0 now key value
    while [[ -r /proc/$1/status ]]; do
        while read -r key value _; do
            case $key in
                VmHWM:) resident=$value ;;
                RssAnon:) now=$value; ((now > anonymous)) && anonymous=$now ;;
            esac
        done < <(cat "/proc/$1/status" 2>/dev/null || true)
        sleep 0.1
    done
    echo "$resident $anonymous"
}

echo "big-model: making $megabytes MB" >&2
mkdir "$work/out"
big_model make "$work/dense.onnx" "$megabytes" 1

echo "big-model: pruning with -Xmx$heap" >&2
start=$(date +%s.%N)
COPPICE_JAVA_OPTS="-Xmx$heap -Xlog:gc:file=$work/gc.log" \
    "$root/coppice" prune "$work/dense.onnx" -o "$work/out/pruned.onnx" \
    --criterion l1 --granularity unstructured --sparsity 0.5 --allocate uniform --json >"$work/receipt.json" 2>"$work/log" &
pruning=$!
watch_memory $pruning >"$work/memory"
status=0
wait $pruning || status=$?
end=$(date +%s.%N)
((status == 0)) || { cat "$work/log" >&2; echo "big-model: prune ended with $status" >&2; exit 1; }
read -r resident anonymous <"$work/memory"
# The heap in use before each collection, e.g. "512M->100M(1024M)"; nothing was collected when the log has none.
peak=$(grep -o '[0-9]*M->' "$work/gc.log" | tr -d 'M>-' | sort -n | tail -1 || true)

echo "big-model: checking" >&2
check=$(big_model check "$work/dense.onnx" "$work/out/pruned.onnx")
input=$(cat "$work"/dense.onnx "$work"/dense-*.data | wc -c)
output=$(cat "$work"/out/* | wc -c) # the data's name may be cut short
mkdir -p "$root/bench/results"
cat >"$root/bench/results/big-model.json" <<JSON
{
  "inputBytes" : $input,
  "outputBytes" : $output,
  "maxHeap" : "$heap",
  "peakHeapBeforeCollectionMB" : ${peak:-null},
  "peakAnonymousMB" : $((anonymous / 1024)),
  "peakResidentMB" : $((resident / 1024)),
  "seconds" : $(awk "BEGIN { printf \"%.1f\", $end - $start }"),
  "exitCode" : $status,
  "check" : $check,
  "commit" : "$(git -C "$root" rev-parse HEAD)",
  "java" : "$("$jdk/bin/java" -XshowSettings:properties -version 2>&1 | awk -F' = ' '/java.vm.version/ { print $2 }')",
  "processors" : $(nproc),
  "time" : "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}
JSON
cat "$root/bench/results/big-model.json"
