#!/usr/bin/env bash
# Checks the law of structured pruning on models (dev.coppice.bench.law.LawCheck): random cuts, again and again, compute in
# ONNX Runtime what the masked models compute. Exits with 1 when a cut broke the law.
#
#   bench/law.sh [--rounds N] [--seed S] MODEL...     default: 3 rounds, seed 1
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=3
seed=1
models=()
while (($#)); do
    case $1 in
        --rounds) rounds=$2; shift 2 ;;
        --seed) seed=$2; shift 2 ;;
        -*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
        *) models+=("$(realpath "$1")"); shift ;;
    esac
done
((${#models[@]})) || { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2; }

cd "$root"
# shellcheck source=../build/jdk.sh
. build/jdk.sh
find_jdk
# shellcheck disable=SC2154 # find_jdk sets it
JAVA_HOME=$jdk mvn -q -B -pl bench -am -DskipTests package dependency:build-classpath -Dmdep.outputFile=target/classpath \
    </dev/null >&2
exec "$jdk/bin/java" --enable-native-access=ALL-UNNAMED -cp "bench/target/classes:$(cat bench/target/classpath)" \
    dev.coppice.bench.law.LawCheck "$rounds" "$seed" "${models[@]}"
