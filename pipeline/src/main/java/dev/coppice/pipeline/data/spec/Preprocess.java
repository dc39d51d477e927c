package dev.coppice.pipeline.data.spec;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What happens to pixels between the file and the model: resize, then {@code (pixel - mean) / std} per channel.
 *
 * @param mean per channel on pixels scaled to [0,1]; empty for 0; one value serves every channel
 * @param std per channel; empty for 1; never 0
 * @param size target height and width; empty to take images as they are
 * @param layout order of the axes; empty to tell it from the model's input
 */
public record Preprocess(List<Double> mean, List<Double> std, Optional<Size> size, Optional<Layout> layout) {

    /** Height and width in pixels. */
    public record Size(int height, int width) {
        public Size {
            if (height < 1 || width < 1 || height > 16384 || width > 16384) {
                throw new UsageException(
                        "an image size of " + height + "x" + width, "give HEIGHTxWIDTH, such as 224x224");
            }
        }

        /** Reads {@code HEIGHTxWIDTH}. */
        public static Size parse(String text) {
            var parts = text.split("x", -1);
            try {
                if (parts.length == 2) {
                    return new Size(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
                }
            } catch (NumberFormatException e) {
                throw new UsageException("cannot read the size '" + text + "'", "give HEIGHTxWIDTH, as 224x224", e);
            }
            throw new UsageException("cannot read the size '" + text + "'", "give HEIGHTxWIDTH, as 224x224");
        }
    }

    /** Order of an image batch's axes. */
    public enum Layout {
        NCHW,
        NHWC;

        /** Tells the order from the sizes of an input: channels are few, or the only size that is told. */
        public static Layout of(Shape shape) {
            if (shape.rank() != 4) {
                return NCHW;
            }
            boolean first = mayBeChannels(shape.dim(1));
            boolean onlyLast = shape.dim(3) instanceof Dim.Known
                    && !(shape.dim(1) instanceof Dim.Known)
                    && !(shape.dim(2) instanceof Dim.Known);
            return onlyLast || (mayBeChannels(shape.dim(3)) && !first) ? NHWC : NCHW;
        }

        private static boolean mayBeChannels(Dim dim) {
            return dim.is(1) || dim.is(3) || dim.is(4);
        }
    }

    public Preprocess {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (std.stream().anyMatch(s -> s == 0 || !Double.isFinite(s))
                || mean.stream().anyMatch(m -> !Double.isFinite(m))) {
            throw new UsageException(
                    "mean " + mean + " and standard deviation " + std, "give finite numbers, and no deviation of 0");
        }
    }

    /** Returns pixels in [0,1], unresized, in the model's own layout. */
    public static Preprocess none() {
        return new Preprocess(List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    public Preprocess withMeanStd(List<Double> newMean, List<Double> newStd) {
        return new Preprocess(newMean, newStd, size, layout);
    }

    public Preprocess withSize(Size newSize) {
        return new Preprocess(mean, std, Optional.of(newSize), layout);
    }

    public Preprocess withLayout(Layout newLayout) {
        return new Preprocess(mean, std, size, Optional.of(newLayout));
    }

    /** Reads comma-separated numbers, as in {@code 0.485,0.456,0.406}. */
    public static List<Double> parseNumbers(String text) {
        try {
            return Arrays.stream(text.split(",", -1)).map(Double::valueOf).toList();
        } catch (NumberFormatException e) {
            throw new UsageException(
                    "cannot read the numbers '" + text + "'", "separate one number per channel by commas", e);
        }
    }

    /** Normalises an image [channels, pixels] in place. */
    public void normalise(float[] values, int channels) {
        int plane = values.length / channels;
        for (int c = 0; c < channels && !(mean.isEmpty() && std.isEmpty()); c++) {
            double shift = ofChannel(mean, c, channels, 0);
            double scale = ofChannel(std, c, channels, 1);
            for (int i = c * plane; i < (c + 1) * plane; i++) {
                values[i] = (float) ((values[i] - shift) / scale);
            }
        }
    }

    private static double ofChannel(List<Double> values, int channel, int channels, double otherwise) {
        if (values.isEmpty()) {
            return otherwise;
        }
        if (values.size() != 1 && values.size() != channels) {
            throw new UsageException(
                    values.size() + " numbers of --mean or --std for samples of " + channels + " channels",
                    "give one number, or one per channel");
        }
        return values.get(values.size() == 1 ? 0 : channel);
    }
}
