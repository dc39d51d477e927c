package dev.coppice.train;

import dev.coppice.ir.UsageException;
import java.util.Locale;

/**
 * How the learning rate changes over the steps of a stage, as a factor on the peak rate.
 *
 * @param kind the curve after the warm-up
 * @param warmUp share of the steps over which the rate rises linearly from nearly nothing
 * @param cycles number of restarts plus one, for {@link Kind#CYCLIC}
 */
public record LrSchedule(Kind kind, double warmUp, int cycles) {

    /** Share of a one-cycle schedule that rises, unless a warm-up is given (Smith & Topin 2018 use .3 to .45, DESIGN's recipe .1). */
    private static final double RISE = 0.1;

    /** The rate that cosine-shaped curves end at, as a share of the peak. */
    private static final double FLOOR = 1e-3;

    /** The shapes of the curve. */
    public enum Kind {
        /** Always the peak. */
        CONSTANT,
        /** A tenth after half of the steps, a hundredth after three quarters (He et al. 2016, section 4.2). */
        STEP,
        /** The second half of {@link #STEP}, stretched: what learning-rate rewinding replays (Renda et al. 2020, section 3). */
        REWOUND,
        /** Half a cosine from the peak down (Loshchilov & Hutter 2017, SGDR, section 3). */
        COSINE,
        /** Up to the peak and down to nearly nothing, both along a cosine (Smith & Topin 2018, section 3). */
        ONE_CYCLE,
        /** Half a cosine several times over, from the peak each time (SGDR: warm restarts; cyclic in Le & Hua 2021). */
        CYCLIC;

        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public LrSchedule {
        if (!(warmUp >= 0 && warmUp < 1)) {
            throw new UsageException("a warm-up over " + warmUp + " of the steps", "give a share from 0 to below 1");
        }
        if (cycles < 1) {
            throw new UsageException(cycles + " cycles", "give 1 or more");
        }
    }

    public static LrSchedule of(Kind kind) {
        return new LrSchedule(kind, 0, kind == Kind.CYCLIC ? 3 : 1);
    }

    /** Reads a name such as {@code one-cycle}. */
    public static LrSchedule named(String name) {
        for (var kind : Kind.values()) {
            if (kind.label().equals(name)) {
                return of(kind);
            }
        }
        throw new UsageException(
                "unknown learning-rate schedule '" + name + "'",
                "choose one of constant, step, cosine, one-cycle, cyclic");
    }

    /** Returns the factor at {@code step} of {@code steps}, counted from 0. */
    public double factor(long step, long steps) {
        double rise = kind == Kind.ONE_CYCLE && warmUp == 0 ? RISE : warmUp;
        double done = (double) step / Math.max(1, steps);
        if (done < rise) {
            double share = (step + 1) / (rise * steps);
            return kind == Kind.ONE_CYCLE ? cosine(1 - Math.min(1, share)) : Math.min(1, share);
        }
        double after = rise >= 1 ? 1 : (done - rise) / (1 - rise);
        return switch (kind) {
            case CONSTANT -> 1;
            case STEP -> step(after);
            case REWOUND -> step(0.5 + after / 2);
            case COSINE, ONE_CYCLE -> cosine(after);
            case CYCLIC -> cosine(after * cycles - Math.floor(after * cycles));
        };
    }

    private static double step(double done) {
        return done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01;
    }

    /** Falls from 1 at 0 to the floor at 1 along half a cosine. */
    private static double cosine(double x) {
        return FLOOR + (1 - FLOOR) * (1 + Math.cos(Math.PI * x)) / 2;
    }
}
