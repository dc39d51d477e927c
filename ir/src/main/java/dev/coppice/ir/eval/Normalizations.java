package dev.coppice.ir.eval;

import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import java.util.List;
import java.util.Map;

/** Normalisation of weights by their own statistics, as exporters write weight standardisation. Computed in double precision, rounded once. */
public final class Normalizations {

    static final Map<String, Operation> OPERATIONS = Map.of("BatchNormalization", Normalizations::batch);

    private Normalizations() {}

    /**
     * Says whether a BatchNormalization goes by the statistics of its own input: by its mode or, before opset 14, because statistics come
     * out, too.
     */
    public static boolean isTraining(Node node) {
        return node.intAttribute("training_mode", 0) != 0
                || node.outputs().stream().filter(output -> !output.isEmpty()).count() > 1;
    }

    /** Normalises each channel by the statistics that are given or, in training mode, by its own. */
    private static List<Tensor> batch(Operands in) {
        var x = in.tensor(0);
        boolean perElement = in.node().intAttribute("spatial", 1) == 0;
        if (in.tensors().stream().anyMatch(tensor -> !tensor.type().prunable())
                || in.inputs().size() != 5
                || x.dims().size() < 2
                || perElement
                || !in.fits(x.dims())) {
            return Operation.NOT_COMPUTED;
        }
        int channels = Math.toIntExact(x.dims().get(1));
        for (int i = 1; i < 5; i++) {
            if (in.tensor(i).size() != channels) {
                throw in.bad("input " + i + " has " + in.tensor(i).size() + " elements for " + channels + " channels");
            }
        }
        var values = Tensors.doubles(x);
        int inner = Indices.product(Indices.sizes(x.dims().subList(2, x.dims().size())));
        var mean = Tensors.doubles(in.tensor(3));
        var variance = Tensors.doubles(in.tensor(4));
        if (!isTraining(in.node())) {
            return List.of(normalised(in, values, inner, mean, variance));
        }
        var ownMean = means(values, inner, new double[channels], 1);
        var ownVariance = means(values, inner, ownMean, 2);
        double momentum = in.node().floatAttribute("momentum", .9f);
        return List.of(
                normalised(in, values, inner, ownMean, ownVariance),
                running(in.tensor(3), mean, ownMean, momentum),
                running(in.tensor(4), variance, ownVariance, momentum),
                Tensors.ofDoubles(x.type(), in.tensor(3).dims(), ownMean),
                Tensors.ofDoubles(x.type(), in.tensor(4).dims(), ownVariance));
    }

    private static Tensor normalised(Operands in, double[] values, int inner, double[] mean, double[] variance) {
        double epsilon = in.node().floatAttribute("epsilon", 1e-5f);
        var scale = Tensors.doubles(in.tensor(1));
        var bias = Tensors.doubles(in.tensor(2));
        var results = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int c = i / inner % mean.length;
            results[i] = (values[i] - mean[c]) / Math.sqrt(variance[c] + epsilon) * scale[c] + bias[c];
        }
        return Tensors.ofDoubles(in.tensor(0).type(), in.tensor(0).dims(), results);
    }

    /** Returns for each channel the mean power of the distance from {@code center}. */
    private static double[] means(double[] values, int inner, double[] center, int power) {
        int channels = center.length;
        var means = new double[channels];
        for (int i = 0; i < values.length; i++) {
            int c = i / inner % channels;
            means[c] += Math.pow(values[i] - center[c], power);
        }
        for (int c = 0; c < channels; c++) {
            means[c] /= (double) values.length / channels;
        }
        return means;
    }

    private static Tensor running(Tensor given, double[] before, double[] own, double momentum) {
        var after = new double[own.length];
        for (int c = 0; c < own.length; c++) {
            after[c] = before[c] * momentum + own[c] * (1 - momentum);
        }
        return Tensors.ofDoubles(given.type(), given.dims(), after);
    }
}
