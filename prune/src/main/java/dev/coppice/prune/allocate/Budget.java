package dev.coppice.prune.allocate;

import dev.coppice.ir.UsageException;

/** How much is to be pruned. */
public sealed interface Budget {

    /** A share of the prunable weights, at least 0 and less than 1. */
    record Sparsity(double share) implements Budget {
        public Sparsity {
            requireShare(share);
        }
    }

    /** All but {@code count} of the prunable weights. */
    record MaxNonZeros(long count) implements Budget {
        public MaxNonZeros {
            if (count < 1) {
                throw new UsageException(
                        "a budget of " + count + " non-zeros",
                        "at least one weight has to stay: give a number from 1 on");
            }
        }
    }

    /** What the pattern says; for N:M patterns. */
    record OfPattern() implements Budget {}

    /** Throws {@link UsageException} unless {@code share} is a sparsity that leaves something. */
    static void requireShare(double share) {
        if (!(share >= 0 && share < 1)) {
            throw new UsageException(
                    "a sparsity of " + share,
                    "sparsity is the share of zeros, at least 0 and less than 1 (50 % is 0.5)");
        }
    }
}
