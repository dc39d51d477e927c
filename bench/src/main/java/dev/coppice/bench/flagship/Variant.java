package dev.coppice.bench.flagship;

import java.nio.file.Path;

/**
 * One model of the comparison.
 *
 * @param cut such as {@code dense} or {@code 768-9}
 * @param precision {@code fp32} or {@code int8}
 * @param trained whether it was distilled after the cut; a dense model needs no training
 */
record Variant(String cut, String precision, Path file, boolean trained) {

    String name() {
        return cut + " " + precision;
    }
}
