package dev.coppice.pipeline.evidence;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.quantize.ActivationRange;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the range of an activation in uint8 is found from the values that it takes on calibration data. */
public enum RangeMethod {
    /** All values. */
    MINMAX {
        @Override
        ActivationRange range(ActivationHistogram histogram) {
            return new ActivationRange(histogram.min(), histogram.max());
        }
    },

    /** All but the outermost 0.01 %, half of them at each end (McKinstry et al. 2019, section 3). */
    PERCENTILE {
        @Override
        ActivationRange range(ActivationHistogram histogram) {
            return new ActivationRange(
                    (float) histogram.quantile(OUTSIDE / 2), (float) histogram.quantile(1 - OUTSIDE / 2));
        }
    },

    /** The range with the least mean square error of rounding and clipping together (Sung et al. 2015; Choukroun et al. 2019). */
    MSE {
        @Override
        ActivationRange range(ActivationHistogram histogram) {
            return LeastSquaresRange.of(histogram);
        }
    };

    private static final double OUTSIDE = 1e-4;

    abstract ActivationRange range(ActivationHistogram histogram);

    /** Reads a method's name as users write it. */
    public static RangeMethod of(String name) {
        return Arrays.stream(values())
                .filter(method -> method.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "no calibration '" + name + "'",
                        "there are "
                                + Arrays.stream(values())
                                        .map(RangeMethod::toString)
                                        .collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
