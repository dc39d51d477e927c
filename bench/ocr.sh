#!/usr/bin/env bash
# Removes 30 % of the MACs of PP-OCRv4's text recogniser through the library, distils it on rendered lines without labels, and counts the
# character errors before and after on other rendered, noisy lines.
#
#   bench/ocr.sh [--threads N] [--train LINES] [--test LINES] [--out FILE] CASE...
#
# Cases are globs: dense, '*/l2/cut', '*/wanda/reconstructed', 'global/**'; default: all, on 1 thread, with 2000 lines to learn from and 400 to
# test on. Lines that have been painted stay until data/experiments/ocr is removed. Cases that are not run keep their results in FILE (default
# bench/results/ocr.json). A cut takes a minute or two of one core, training on it about ten more.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
threads=1
train=2000
test=400
out=$root/bench/results/ocr.json
while (($#)); do
    case $1 in
        --threads) threads=$2 ;;
        --train) train=$2 ;;
        --test) test=$2 ;;
        --out) out=$2 ;;
        -*) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
        *) break ;;
    esac
    shift 2
done
(($#)) || set -- '**'

# shellcheck source=../build/jdk.sh
. "$root/build/jdk.sh"
find_jdk
"$root/bench/data.sh" ppocr text
[[ -n ${COPPICE_LIB-} ]] || "$root/coppice" --version >&2 # builds what is missing
work=$root/data/experiments/ocr
lib=${COPPICE_LIB:-$root/cli/target/lib}
classes=$work/classes
mkdir -p "$classes"
# shellcheck disable=SC2154 # find_jdk sets it
"$jdk/bin/javac" -proc:none -d "$classes" -cp "$lib/*" "$root"/bench/src/main/java/dev/coppice/bench/{ocr,results,text}/*.java
cd "$root"
revision=$(git describe --always --dirty 2>/dev/null || echo unknown)
java() {
    "$jdk/bin/java" -Xmx4g -Djava.awt.headless=true -Dcoppice.revision="$revision" --enable-native-access=ALL-UNNAMED \
        -cp "$classes:$lib/*" "$@"
}

# The fonts of Debian's fonts-dejavu-core: the system's, or else the package's, unpacked beside the lines.
fonts=/usr/share/fonts/truetype/dejavu
if [[ ! -f $fonts/DejaVuSerif-Bold.ttf ]]; then
    fonts=$work/fonts/usr/share/fonts/truetype/dejavu
    if [[ ! -f $fonts/DejaVuSerif-Bold.ttf ]]; then
        mkdir -p "$work/fonts"
        (
            cd "$work/fonts"
            apt-get -qq download fonts-dejavu-core || { apt-get -qq update && apt-get -qq download fonts-dejavu-core; }
            dpkg-deb -x fonts-dejavu-core_*.deb .
        ) >&2 || { echo "bench/ocr.sh: no fonts to paint with: install fonts-dejavu-core" >&2; exit 1; }
    fi
fi

[[ -f data/text/sentences.txt ]] || java dev.coppice.bench.text.Sentences data/text data/text/sentences.txt 16384
[[ -f $work/sample.npz ]] || java dev.coppice.bench.ocr.OcrData data/text/sentences.txt "$fonts" "$work" "$train" "$test"
java dev.coppice.bench.ocr.OcrExperiment data/ppocr data/experiments/ocr "$out" "$threads" "$@"
