package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.NpyConvert;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.pipeline.data.spec.Preprocess;
import dev.coppice.pipeline.data.spec.Preprocess.Layout;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A model's one image or vector input: turns samples into what it wants. */
public final class SampleInput {

    /** A dimension that the model leaves open. */
    private static final int FREE = -1;

    private final String name;
    private final DType type;
    private final int rank;
    private final int fixedBatch;
    private final Layout layout;
    private final int channels;
    private final int height;
    private final int width;
    private final int features;
    private final Preprocess preprocess;
    private Sample.@Nullable Extent agreed;

    private SampleInput(ValueInfo input, Shape shape, DType type, Preprocess preprocess) {
        this.name = input.name();
        this.type = type;
        this.rank = shape.rank();
        this.preprocess = preprocess;
        this.fixedBatch = size(shape, 0);
        this.layout = preprocess.layout().orElse(Layout.of(shape));
        boolean last = layout == Layout.NHWC;
        this.channels = rank == 4 ? size(shape, last ? 3 : 1) : rank == 3 ? 1 : FREE;
        this.height = rank == 4 ? size(shape, last ? 1 : 2) : rank == 3 ? size(shape, 1) : FREE;
        this.width = rank == 4 ? size(shape, last ? 2 : 3) : rank == 3 ? size(shape, 2) : FREE;
        this.features = rank == 2 ? size(shape, 1) : FREE;
    }

    /**
     * Looks at a model's inputs.
     *
     * @throws BadInputException unless there is exactly one, floating-point, of rank 2 to 4
     */
    public static SampleInput of(List<ValueInfo> inputs, Preprocess preprocess) {
        if (inputs.size() != 1) {
            throw new BadInputException(
                    "the model has " + inputs.size() + " inputs; images and vectors feed a model with one",
                    "give arrays by input name as npz:FILE");
        }
        var input = inputs.getFirst();
        var type = input.type();
        if (type != DType.FLOAT && type != DType.FLOAT16 && type != DType.DOUBLE) {
            throw new BadInputException(
                    "the model's input '" + input.name() + "' is " + type + ", samples are floating-point",
                    "give arrays of that type as npz:FILE");
        }
        var shape = input.shape() == null
                ? Shape.of(Dim.unknown(), Dim.unknown(), Dim.unknown(), Dim.unknown())
                : input.shape();
        if (shape.rank() < 2 || shape.rank() > 4) {
            throw new BadInputException(
                    "the model's input '" + input.name() + "' has the shape " + shape,
                    "samples fit [N,F], [N,H,W], [N,C,H,W] and [N,H,W,C]; give arrays as npz:FILE");
        }
        return new SampleInput(input, shape, type, preprocess);
    }

    private static int size(Shape shape, int axis) {
        return shape.dim(axis) instanceof Dim.Known(long size) ? Math.toIntExact(size) : FREE;
    }

    /** Returns the batch size that the model insists on, or a negative number. */
    public int fixedBatch() {
        return fixedBatch;
    }

    /** Resizes, converts channels, checks the size and normalises. */
    public Sample adapt(Sample sample) {
        return normalise(fit(sample));
    }

    /** Resizes, converts channels and checks the size; bytes stay bytes where nothing had to be computed. */
    public Sample fit(Sample sample) {
        var fitting = sample.withExtent(reinterpret(sample.extent()));
        if (preprocess.size().isPresent() && fitting.extent().height() > 1) {
            fitting = resize(fitting, preprocess.size().get());
        }
        if (channels != FREE && channels != fitting.extent().channels()) {
            fitting = convert(fitting);
        }
        requireFit(fitting);
        return fitting;
    }

    private static Sample resize(Sample sample, Preprocess.Size size) {
        var from = sample.extent();
        var to = new Sample.Extent(from.channels(), size.height(), size.width());
        return to.equals(from)
                ? sample
                : sample.withValues(Resize.apply(sample.values(), from, size.height(), size.width()), to);
    }

    private Sample convert(Sample sample) {
        var from = sample.extent();
        var values = Pixels.toChannels(sample.values(), from.channels(), channels);
        int converted = Math.toIntExact(values.length / Math.max(1, (long) from.height() * from.width()));
        return sample.withValues(values, new Sample.Extent(converted, from.height(), from.width()));
    }

    /** Applies mean and standard deviation to a fitting sample. */
    Sample normalise(Sample sample) {
        var values = sample.values();
        preprocess.normalise(values, sample.extent().channels());
        return sample.withValues(values, sample.extent());
    }

    /** Returns {@link #normalise} for samples of so many channels; bytes, of which there are only 256, are looked up. */
    public UnaryOperator<Sample> normaliser(int depth) {
        var table = new float[256 * depth]; // [channels, 256]
        for (int i = 0; i < table.length; i++) {
            table[i] = (i % 256) / Pixels.WHITE;
        }
        preprocess.normalise(table, depth);
        return sample -> sample.hasPixels() ? sample.lookUp(table) : normalise(sample);
    }

    /** Gives a plain vector the image shape that the model declares, when the sizes agree. */
    private Sample.Extent reinterpret(Sample.Extent extent) {
        boolean plain = extent.channels() == 1 && extent.height() == 1;
        boolean known = channels != FREE && height != FREE && width != FREE;
        var declared = new Sample.Extent(channels, height, width);
        return plain && known && declared.size() == extent.size() ? declared : extent;
    }

    private void requireFit(Sample sample) {
        var extent = sample.extent();
        boolean fits = rank == 2
                ? features == FREE || features == extent.size()
                : agree(channels, extent.channels()) && agree(height, extent.height()) && agree(width, extent.width());
        if (!fits) {
            throw new BadInputException(
                    sample.where() + " is " + extent + " (channels x height x width); the model's input '" + name
                            + "' wants " + wanted(),
                    "use --size HxW to resize, or --layout if the axes are in another order");
        }
        if (agreed == null) {
            agreed = extent;
        } else if (!agreed.equals(extent)) {
            throw new BadInputException(
                    sample.where() + " is " + extent + ", the samples before it are " + agreed,
                    "use --size HxW to bring all to one size");
        }
    }

    private static boolean agree(int declared, int given) {
        return declared == FREE || declared == given;
    }

    private String wanted() {
        return rank == 2 ? features + " values" : side(channels) + "x" + side(height) + "x" + side(width);
    }

    private static String side(int size) {
        return size == FREE ? "any" : Integer.toString(size);
    }

    /** Puts adapted samples behind each other; a fixed batch is filled up with copies of the last one. */
    public Map<String, HostTensor> collate(List<Sample> samples, TensorMemory memory) {
        var extent = samples.getFirst().extent();
        int batch = fixedBatch > 0 ? fixedBatch : samples.size();
        int length = Math.toIntExact(extent.size());
        var values = new float[Math.multiplyExact(batch, length)];
        for (int n = 0; n < batch; n++) {
            var sample = samples.get(Math.min(n, samples.size() - 1));
            place(sample, values, n * length);
        }
        var tensor = memory.allocate(type, dims(batch, extent));
        if (type == DType.FLOAT) {
            tensor.buffer().asFloatBuffer().put(values);
        } else {
            var target = tensor.buffer();
            for (float value : values) {
                NpyConvert.putDouble(value, type, target);
            }
        }
        return Map.of(name, tensor);
    }

    private void place(Sample sample, float[] to, int offset) {
        if (layout == Layout.NCHW) {
            sample.copyTo(to, offset);
            return;
        }
        var extent = sample.extent();
        var from = sample.values();
        int plane = extent.height() * extent.width();
        for (int c = 0; c < extent.channels(); c++) {
            for (int i = 0; i < plane; i++) {
                to[offset + i * extent.channels() + c] = from[c * plane + i];
            }
        }
    }

    private long[] dims(int batch, Sample.Extent extent) {
        return switch (rank) {
            case 2 -> new long[] {batch, extent.size()};
            case 3 -> new long[] {batch, extent.height(), extent.width()};
            default ->
                layout == Layout.NCHW
                        ? new long[] {batch, extent.channels(), extent.height(), extent.width()}
                        : new long[] {batch, extent.height(), extent.width(), extent.channels()};
        };
    }
}
