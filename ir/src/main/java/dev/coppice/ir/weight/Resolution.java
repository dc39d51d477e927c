package dev.coppice.ir.weight;

/** What stands behind an operand. */
public sealed interface Resolution {

    /** A stored constant, perhaps seen through Identity, Transpose, Reshape, Cast, Slice and the like. */
    record Found(Weight weight) implements Resolution {}

    /**
     * A stored constant that is rounded to integers and back while the model runs, as training for int8 leaves it: a zero stays a zero, so that a
     * mask falls on the stored values, but these are not what the operator sees.
     */
    record Rounded(Weight weight) implements Resolution {}

    /** A value computed from the model's inputs. */
    record NotConstant() implements Resolution {}

    /** A constant computed by operators such as Concat or Gather: folding {@code value} first turns it into a stored one. */
    record Foldable(String value) implements Resolution {}

    /** A constant that cannot be pruned, and why (quantized, all of one value, built by an operator that is not understood). */
    record Refused(String reason) implements Resolution {}
}
