package dev.coppice.pipeline.share;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.pipeline.evidence.Energies;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.allocate.Owl;
import dev.coppice.prune.group.Activations;
import dev.coppice.prune.group.Flow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The allocation {@code owl}: what each weight keeps follows the share of its products |w| * ||x|| that are far above their mean
 * (Yin et al. 2024). The paper takes the matrices of a block of a transformer together; here each matrix stands for itself.
 */
final class OutlierShares implements Shares.Sharing {

    private static final long SAMPLES = 256;

    private final Map<String, Double> outliers = new HashMap<>();

    private OutlierShares() {}

    /**
     * Runs the model on the recipe's data.
     *
     * @throws BadModelException when a weight multiplies no input whose features are known
     */
    static OutlierShares observe(Recipe recipe, Model model, List<Parameter> prunable, Progress progress) {
        var flows = new HashMap<String, Flow>();
        prunable.forEach(parameter -> flows.put(parameter.name(), flow(model, parameter)));
        var data = recipe.data().orElseThrow();
        var samples = data.samples(model, SAMPLES);
        var energies = Energies.observe(model, flows.values(), samples, recipe.threads(), progress);
        var shares = new OutlierShares();
        for (var parameter : prunable) {
            var flow = Objects.requireNonNull(flows.get(parameter.name()));
            shares.outliers.put(parameter.name(), outliers(parameter.matrix(), norms(energies, flow)));
        }
        return shares;
    }

    /** Finds the input that a weight multiplies, and the axis of its features. */
    private static Flow flow(Model model, Parameter parameter) {
        var node = model.graph().nodes().stream()
                .filter(candidate -> candidate.label().equals(parameter.node()))
                .findFirst()
                .orElseThrow();
        int reduced = parameter.shape().size();
        if (model.graph().initializers().stream()
                .anyMatch(tensor -> tensor.name().equals(node.input(0)))) {
            throw unknown(node, "the weight stands before its input");
        }
        return switch (WeightOperator.of(node)) {
            case CONV -> {
                if (node.intAttribute("group", 1) != 1) {
                    throw unknown(node, "its groups see different channels");
                }
                yield new Flow(node, 0, 1, 1, 1, new int[0]);
            }
            case GEMM -> new Flow(node, 0, node.intAttribute("transA", 0) == 0 ? 1 : 0, 1, 0, new int[0]);
            case MAT_MUL -> {
                int rank = rank(model, node);
                yield new Flow(node, 0, rank - 1, 1, reduced - 2, new int[0]);
            }
            case null, default -> throw unknown(node, "owl knows Conv, Gemm and MatMul");
        };
    }

    private static int rank(Model model, Node node) {
        return dev.coppice.ir.shape.ShapeInference.infer(model)
                .shape(node.input(0))
                .orElseThrow(() -> unknown(node, "the rank of its input is not known"))
                .rank();
    }

    private static BadModelException unknown(Node node, String why) {
        return new BadModelException(
                "owl cannot judge " + node.label() + ": " + why,
                "leave it out by --keep, or choose another allocation");
    }

    private static double[] norms(Activations energies, Flow flow) {
        var norms = energies.energy(flow.value(), flow.axis()).clone();
        for (int i = 0; i < norms.length; i++) {
            norms[i] = Math.sqrt(norms[i]);
        }
        return norms;
    }

    /** Returns the share of a matrix's products that are more than {@link Owl#OUTLIER} times their mean. */
    static double outliers(WeightMatrix matrix, double[] norms) {
        var source = matrix.weight().source();
        var values = new float[Math.toIntExact(source.size())];
        Elements.floats(source, 0, values, values.length);
        var rows = matrix.rows().offsets();
        var columns = matrix.columns().offsets();
        // Convolutions have several columns for each channel.
        int each = columns.length / norms.length;
        double sum = 0;
        for (long row : rows) {
            for (int c = 0; c < columns.length; c++) {
                sum += product(values, matrix.weight().offset() + row + columns[c], norms[c / each]);
            }
        }
        double least = Owl.OUTLIER * sum / matrix.size();
        long above = 0;
        for (long row : rows) {
            for (int c = 0; c < columns.length; c++) {
                above += product(values, matrix.weight().offset() + row + columns[c], norms[c / each]) > least ? 1 : 0;
            }
        }
        return (double) above / matrix.size();
    }

    private static double product(float[] values, long at, double norm) {
        return Math.abs(values[(int) at]) * norm;
    }

    @Override
    public long[] counts(List<Parameter> pool, long[] sizes, long total) {
        var shares = pool.stream()
                .mapToDouble(parameter -> Objects.requireNonNull(outliers.get(parameter.name())))
                .toArray();
        long size = 0;
        for (long one : sizes) {
            size += one;
        }
        // Beyond what the paper tries, its lambda would leave the matrix of fewest outliers with nothing.
        double lambda = Math.min(Owl.LAMBDA, (double) (size - total) / size / 3);
        var densities = Owl.densities(shares, sizes, (double) (size - total), lambda);
        var quotas = new double[sizes.length];
        var most = new long[sizes.length];
        for (int i = 0; i < quotas.length; i++) {
            quotas[i] = (1 - densities[i]) * sizes[i];
            most[i] = sizes[i] - 1; // of every matrix something stays
        }
        return Counts.largestRemainders(quotas, most, total);
    }
}
