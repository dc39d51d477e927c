package dev.coppice.ir.rules;

import dev.coppice.ir.DType;
import dev.coppice.ir.Node;
import dev.coppice.ir.eval.Normalizations;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What an operator does to each channel: {@code y[:,c] = scale[c] x[:,c] + shift[c]}. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ChannelAffine(double[] scale, double[] shift) {

    static ChannelAffine identity(int channels) {
        var ones = new double[channels];
        Arrays.fill(ones, 1);
        return new ChannelAffine(ones, new double[channels]);
    }

    /** Returns this one followed by another. */
    ChannelAffine then(ChannelAffine next) {
        var both = identity(scale.length);
        for (int c = 0; c < scale.length; c++) {
            both.scale[c] = scale[c] * next.scale[c];
            both.shift[c] = shift[c] * next.scale[c] + next.shift[c];
        }
        return both;
    }

    /**
     * Reads a BatchNormalization, or a Mul, Add, Sub or Div with a constant that differs by channel at most.
     *
     * @param input the value that it changes
     * @param rank of that value; channels are axis 1
     */
    static Optional<ChannelAffine> of(Node node, String input, int rank, int channels, WeightResolver resolver) {
        return switch (node.isStandard() ? node.opType() : "") {
            case "BatchNormalization" -> batchNorm(node, input, channels, resolver);
            case "Mul", "Add", "Sub", "Div" -> elementwise(node, input, rank, channels, resolver);
            default -> Optional.empty();
        };
    }

    private static Optional<ChannelAffine> batchNorm(Node node, String input, int channels, WeightResolver resolver) {
        boolean perElement = node.intAttribute("spatial", 1) == 0;
        if (Normalizations.isTraining(node) || perElement || !node.input(0).equals(input)) {
            return Optional.empty();
        }
        var parts = List.of(1, 2, 3, 4).stream()
                .map(i -> constant(node.input(i), List.of((long) channels), resolver))
                .toList();
        if (parts.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        var affine = identity(channels);
        double epsilon = node.floatAttribute("epsilon", 1e-5f);
        for (int c = 0; c < channels; c++) {
            double scale = parts.get(0).get()[c] / Math.sqrt(parts.get(3).get()[c] + epsilon);
            affine.scale[c] = scale;
            affine.shift[c] = parts.get(1).get()[c] - scale * parts.get(2).get()[c];
        }
        return Optional.of(affine);
    }

    private static Optional<ChannelAffine> elementwise(
            Node node, String input, int rank, int channels, WeightResolver resolver) {
        int operand = node.input(0).equals(input) ? 1 : 0;
        var given = perChannel(node.input(operand), rank, channels, resolver);
        // c / x and a constant on both sides are no affine maps.
        if (given.isEmpty() || (operand == 0 && node.is("Div"))) {
            return Optional.empty();
        }
        var affine = identity(channels);
        for (int c = 0; c < channels; c++) {
            double value = given.get()[c];
            switch (node.opType()) {
                case "Mul" -> affine.scale[c] = value;
                case "Div" -> affine.scale[c] = 1 / value;
                case "Add" -> affine.shift[c] = value;
                default -> {
                    affine.scale[c] = operand == 1 ? 1 : -1;
                    affine.shift[c] = operand == 1 ? -value : value;
                }
            }
        }
        return Optional.of(affine);
    }

    /** Returns one number for each channel of a constant that broadcasts against {@code [N,C,...]} without enlarging it. */
    private static Optional<double[]> perChannel(String name, int rank, int channels, WeightResolver resolver) {
        if (!(resolver.resolve(name) instanceof Resolution.Found(var weight))
                || weight.source().type() != DType.FLOAT
                || weight.dims().size() > rank
                || (weight.size() != 1 && weight.size() != channels)) {
            return Optional.empty();
        }
        int axis = 1 - (rank - weight.dims().size());
        boolean alongChannels =
                weight.size() == 1 || (axis >= 0 && weight.dims().get(axis) == channels);
        if (!alongChannels) {
            return Optional.empty();
        }
        var values = weight.floats();
        var each = new double[channels];
        Arrays.setAll(each, c -> values[values.length == 1 ? 0 : c]);
        return Optional.of(each);
    }

    /** Returns a stored float32 constant of these dimensions. */
    static Optional<float[]> constant(String name, List<Long> dims, WeightResolver resolver) {
        return resolver.resolve(name) instanceof Resolution.Found(var weight)
                        && weight.source().type() == DType.FLOAT
                        && weight.dims().equals(dims)
                ? Optional.of(weight.floats())
                : Optional.empty();
    }
}
