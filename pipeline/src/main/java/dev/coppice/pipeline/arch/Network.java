package dev.coppice.pipeline.arch;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Shape;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.edit.Invariants;
import dev.coppice.pipeline.arch.InitialWeights.Init;
import java.util.ArrayList;
import java.util.List;

/** A network under construction: each method adds a layer behind a value and returns the layer's value. */
final class Network {

    private static final long IR_VERSION = 8;
    private static final long OPSET = 17;
    private static final Dim BATCH = Dim.of("batch");
    private static final String INPUT = "input";
    private static final String OUTPUT = "logits";

    private final String name;
    private final ImageSize input;
    private final InitialWeights weights;
    private final List<Node> nodes = new ArrayList<>();

    /** A value [batch, channels, height, width], or [batch, channels] when height and width are 0. */
    record Value(String name, int channels, int height, int width) {

        /** Returns the number of elements of one sample. */
        int features() {
            return Math.toIntExact((long) channels * Math.max(1, height) * Math.max(1, width));
        }
    }

    /** How a window of {@code size} x {@code size} moves over an image that is padded by {@code pad} zeros on each side. */
    record Window(int size, int stride, int pad) {

        int outputs(int length) {
            return Math.floorDiv(length + 2 * pad - size, stride) + 1;
        }

        List<Long> kernel() {
            return List.of((long) size, (long) size);
        }

        List<Long> strides() {
            return List.of((long) stride, (long) stride);
        }

        List<Long> pads() {
            return List.of((long) pad, (long) pad, (long) pad, (long) pad);
        }
    }

    Network(String name, ImageSize input, long seed) {
        this.name = name;
        this.input = input;
        this.weights = new InitialWeights(seed);
    }

    /** Returns the images. */
    Value input() {
        return new Value(INPUT, input.channels(), input.height(), input.width());
    }

    /** Adds a convolution with a bias of zeros. */
    Value convWithBias(String layer, Value in, int filters, Window window, Init init) {
        var weight = weights.draw(layer + ".weight", init, filters, in.channels(), window.size(), window.size());
        var bias = weights.fill(layer + ".bias", 0, filters);
        return conv(layer, in, filters, window, List.of(in.name(), weight, bias));
    }

    /** Adds a convolution without bias and a BatchNorm; drawn for the ReLU that follows them. */
    Value convWithNorm(String layer, String norm, Value in, int filters, Window window) {
        var weight =
                weights.draw(layer + ".weight", Init.KAIMING, filters, in.channels(), window.size(), window.size());
        var out = conv(layer, in, filters, window, List.of(in.name(), weight));
        return batchNorm(norm, out);
    }

    private Value conv(String layer, Value in, int filters, Window window, List<String> inputs) {
        var out = sized(layer, filters, window.outputs(in.height()), window.outputs(in.width()));
        return add(
                "Conv",
                out,
                inputs,
                Attribute.of("kernel_shape", window.kernel()),
                Attribute.of("strides", window.strides()),
                Attribute.of("pads", window.pads()));
    }

    private Value batchNorm(String layer, Value in) {
        int width = in.channels();
        var inputs = List.of(
                in.name(),
                weights.fill(layer + ".weight", 1, width),
                weights.fill(layer + ".bias", 0, width),
                weights.fill(layer + ".running_mean", 0, width),
                weights.fill(layer + ".running_var", 1, width));
        return add("BatchNormalization", new Value(layer, width, in.height(), in.width()), inputs);
    }

    Value relu(String layer, Value in) {
        return add("Relu", new Value(layer, in.channels(), in.height(), in.width()), List.of(in.name()));
    }

    /** Halves height and width by the maximum of 2 x 2 pixels; an odd last row or column is dropped. */
    Value maxPool(String layer, Value in) {
        var window = new Window(2, 2, 0);
        var out = sized(layer, in.channels(), window.outputs(in.height()), window.outputs(in.width()));
        return add(
                "MaxPool",
                out,
                List.of(in.name()),
                Attribute.of("kernel_shape", window.kernel()),
                Attribute.of("strides", window.strides()));
    }

    Value globalAveragePool(String layer, Value in) {
        return add("GlobalAveragePool", sized(layer, in.channels(), 1, 1), List.of(in.name()));
    }

    Value flatten(String layer, Value in) {
        var out = new Value(layer, in.features(), 0, 0);
        return add("Flatten", out, List.of(in.name()), Attribute.of("axis", 1));
    }

    /** Adds a fully connected layer with a bias of zeros. */
    Value dense(String layer, Value in, int width, Init init) {
        var weight = weights.draw(layer + ".weight", init, width, in.channels());
        var bias = weights.fill(layer + ".bias", 0, width);
        return add("Gemm", new Value(layer, width, 0, 0), List.of(in.name(), weight, bias), Attribute.of("transB", 1));
    }

    Value sum(String layer, Value left, Value right) {
        var out = new Value(layer, left.channels(), left.height(), left.width());
        return add("Add", out, List.of(left.name(), right.name()));
    }

    /** Takes every second row and column and appends channels of zeros: a shortcut without parameters. */
    Value halvedAndPadded(String layer, Value in, int channels) {
        var taken = sized(layer + ".slice", in.channels(), (in.height() + 1) / 2, (in.width() + 1) / 2);
        add(
                "Slice",
                taken,
                List.of(
                        in.name(),
                        weights.integers(layer + ".starts", 0, 0),
                        weights.integers(layer + ".ends", Integer.MAX_VALUE, Integer.MAX_VALUE),
                        weights.integers(layer + ".axes", 2, 3),
                        weights.integers(layer + ".steps", 2, 2)));
        int more = channels - in.channels();
        var pads = weights.integers(layer + ".pads", 0, 0, 0, 0, 0, more, 0, 0);
        var out = new Value(layer + ".pad", channels, taken.height(), taken.width());
        return add("Pad", out, List.of(taken.name(), pads));
    }

    private Value sized(String layer, int channels, int height, int width) {
        if (height < 1 || width < 1) {
            throw new UsageException(
                    name + " shrinks an input of " + input + " to nothing at its layer " + layer,
                    "give larger images with --input CxHxW");
        }
        return new Value(layer, channels, height, width);
    }

    private Value add(String op, Value out, List<String> inputs, Attribute... attributes) {
        nodes.add(Node.of(out.name(), op, inputs, List.of(out.name()), attributes));
        return out;
    }

    /** Adds the last layer and closes the graph. */
    Model classify(String layer, Value in, int classes) {
        var logits = dense(layer, in, classes, Init.XAVIER);
        var last = nodes.removeLast();
        nodes.add(Node.of(
                last.name(),
                last.opType(),
                last.inputs(),
                List.of(OUTPUT),
                last.attributes().toArray(Attribute[]::new)));
        var images = Shape.of(BATCH, Dim.of(input.channels()), Dim.of(input.height()), Dim.of(input.width()));
        var graph = Graph.of(
                name,
                nodes,
                weights.tensors(),
                List.of(ValueInfo.of(INPUT, DType.FLOAT, images)),
                List.of(ValueInfo.of(OUTPUT, DType.FLOAT, Shape.of(BATCH, Dim.of(logits.channels())))));
        Invariants.check(graph);
        return new Model(
                IR_VERSION, List.of(new Model.Opset("", OPSET)), graph, List.of(), Carried.NOTHING, new Origins());
    }
}
