package dev.coppice.prune.structure;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.allocate.Budget;

/** How much is to be removed. */
public sealed interface Target {

    /** A share of the units, at least 0 and less than 1. */
    record Share(double share) implements Target {
        public Share {
            Budget.requireShare(share);
        }
    }

    /** So many that at most {@code count} weights stay in all matrices. */
    record MaxParameters(long count) implements Target {
        public MaxParameters {
            if (count < 1) {
                throw new UsageException("a budget of " + count + " weights", "at least one weight has to stay");
            }
        }
    }

    /** So many that at most this share of the multiply-accumulates stays. */
    record MaxMacs(double share) implements Target {
        public MaxMacs {
            if (!(share > 0 && share <= 1)) {
                throw new UsageException(
                        "a budget of " + share + " of the MACs", "give the share that may stay, above 0 and at most 1");
            }
        }
    }
}
