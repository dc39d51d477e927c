package dev.coppice.prune.score;

import dev.coppice.ir.DType;
import dev.coppice.ir.Mask;
import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.pattern.Scratch;

/**
 * The scores of all units of a weight matrix as non-negative integers that order like them, computed piece by piece whenever
 * they are read, so that no more than a piece is ever held. Thread-safe.
 */
public interface UnitKeys {

    /**
     * Streams the units of {@code pattern} on {@code matrix}.
     *
     * @param parameter the weight's name, for messages for evidence and for seeding
     * @param wide whether to use 63-bit keys where 31 would do, to compare with other weights that need them
     */
    static UnitKeys of(String parameter, WeightMatrix matrix, Pattern pattern, Rule rule, boolean wide) {
        return isMagnitude(pattern, rule.criterion())
                ? new MagnitudeKeys(parameter, matrix, wide)
                : new GridKeys(
                        parameter,
                        matrix,
                        pattern.grid(matrix),
                        new Scorer(parameter, matrix, pattern, rule),
                        rule.criterion().isSigned());
    }

    private static boolean isMagnitude(Pattern pattern, Criterion criterion) {
        return pattern instanceof Pattern.Unstructured && criterion.ranksWeightsByMagnitude();
    }

    /** Turns a mask of units into one of the tensor that stores the matrix. */
    static Mask inSource(Mask units, WeightMatrix matrix, Pattern pattern, Criterion criterion) {
        return isMagnitude(pattern, criterion)
                ? StorageOrder.of(matrix.weight()).inSource(units)
                : pattern.grid(matrix).inSource(units, matrix);
    }

    /** Says whether the scores of this weight take more than a float to tell apart. */
    static boolean needsWide(WeightMatrix matrix, Pattern pattern, Criterion criterion) {
        return !(isMagnitude(pattern, criterion) && matrix.weight().source().type() != DType.DOUBLE);
    }

    /** Returns the weight's name. */
    String parameter();

    long units();

    /** Returns the number of weights in a unit. */
    int size(long unit);

    /** Says whether all units have as many weights as the first. */
    boolean isEven();

    /** Says whether reading costs far more than holding the keys, because each stands for many weights. */
    boolean isCostly();

    /** Returns the bits that a key may use: 31 (of a float) or 63 (of a double). */
    int keyBits();

    int pieces();

    /** Returns the first unit of a piece; pieces follow each other without gaps. */
    long firstUnit(int piece);

    /** Returns the most units that a piece has. */
    int pieceUnits();

    /** Puts the keys of a piece into {@code keys} and returns how many there are. */
    int read(int piece, long[] keys, Scratch scratch);

    /** Returns the key of infinity; greater ones stand for NaN. */
    default long infinity() {
        return keyBits() == 31 ? 0x7F80_0000L : 0x7FF0_0000_0000_0000L;
    }

    /** Returns the weight that is not a finite number, or that makes a score overflow, as an error to throw. */
    RuntimeException nonFinite();
}
