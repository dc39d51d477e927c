package dev.coppice.train.torch;

import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A line of gradients.txt: a small graph whose gradients are checked.
 *
 * @param inputs sizes by name
 * @param low the inputs' least value
 * @param high their greatest
 */
record GradientCase(String operator, Map<String, List<Long>> inputs, String graph, double low, double high, int opset) {

    /** Truncation is h^2 f'''/6 and rounding 1e-16 |L| / h: with this step both are far below the bound. */
    private static final double STEP = 1e-5;

    /** Relative to the largest derivative, at least 1. */
    private static final double BOUND = 1e-6;

    static List<GradientCase> all() throws IOException {
        return lines().filter(line -> !line.startsWith("!"))
                .map(GradientCase::parse)
                .toList();
    }

    /** Returns the operators that the file says have no gradient. */
    static SortedSet<String> withoutGradient() throws IOException {
        var names = new TreeSet<String>();
        lines().filter(line -> line.startsWith("!"))
                .forEach(line -> names.addAll(
                        List.of(line.substring(1, line.indexOf('|')).strip().split(" "))));
        return names;
    }

    private static java.util.stream.Stream<String> lines() throws IOException {
        try (var in = GradientCase.class.getResourceAsStream("gradients.txt")) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"));
        }
    }

    private static GradientCase parse(String line) {
        var parts = Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
        var inputs = new LinkedHashMap<String, List<Long>>();
        for (var input : parts.get(1).split(" ")) {
            var sizes = input.substring(input.indexOf('[') + 1, input.length() - 1);
            inputs.put(
                    input.substring(0, input.indexOf('[')),
                    Arrays.stream(sizes.split(",")).map(Long::parseLong).toList());
        }
        var range = parts.size() > 3 ? parts.get(3).split(" ") : new String[] {"-1", "1"};
        int opset = parts.size() > 4 ? Integer.parseInt(parts.get(4)) : 20;
        return new GradientCase(
                parts.get(0), inputs, parts.get(2), Double.parseDouble(range[0]), Double.parseDouble(range[1]), opset);
    }

    /** Returns where a gradient differs from the finite difference, or null. */
    @Nullable
    String difference() {
        var random = new Random(3);
        var model = Dsl.model(text());
        try (var _ = new Scope();
                var compiled = TorchGraph.of(model, TorchGraph.outputNames(model), Map.of(), Precision.FLOAT64)) {
            var given = new LinkedHashMap<String, Tensor>();
            double shift = 0;
            for (var input : inputs.entrySet()) {
                given.put(
                        input.getKey(), values(input.getValue(), shift, random).requires_grad_(true));
                shift += 0.1;
            }
            var loss = loss(compiled, given);
            loss.backward();
            double largest = 0;
            for (var input : given.entrySet()) {
                var gradient =
                        Tolerances.doubles(Tensors.toHost("", input.getValue().grad()));
                var expected = differences(compiled, given, input.getValue());
                double scale = Tolerances.scale(expected);
                largest = Math.max(largest, scale);
                var wrong = Tolerances.difference(gradient, expected, BOUND * Math.max(1, scale));
                if (wrong != null) {
                    return "the gradient of " + input.getKey() + ", " + wrong;
                }
            }
            return largest > 1e-3 ? null : "all gradients are zero";
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private String text() {
        var statements = graph.split(" ; ");
        var text = new StringBuilder("opset " + opset + "\nopset com.microsoft 1\n");
        inputs.forEach((name, sizes) ->
                text.append("input " + name + " float" + sizes.toString().replace(" ", "") + "\n"));
        text.append(String.join("\n", statements)).append('\n');
        var last = statements[statements.length - 1];
        for (var output : last.substring(0, last.indexOf('=')).split(",")) {
            text.append("output ").append(output.strip()).append(" float\n");
        }
        return text.toString();
    }

    /** Distinct values spread evenly over the range and shuffled; none is 0 when the range is symmetric. */
    private Tensor values(List<Long> sizes, double shift, Random random) {
        int count = Math.toIntExact(sizes.stream().reduce(1L, (a, b) -> a * b));
        var spread = new ArrayList<Double>();
        for (int i = 0; i < count; i++) {
            spread.add(low + (high - low) * (i + 0.5 + 0.3 * shift) / count + (count == 1 ? 0.1 : 0));
        }
        Collections.shuffle(spread, random);
        return Tensors.of(
                spread.stream().mapToDouble(Double::doubleValue).toArray(), ScalarType.Double, Tensors.sizes(sizes));
    }

    /** Weighs all elements of all floating-point outputs differently, so that no error cancels. */
    private static Tensor loss(TorchGraph graph, Map<String, Tensor> given) {
        Tensor loss = null;
        double phase = 0.3;
        for (var output : graph.run(given, false).values()) {
            if (!output.is_floating_point()) {
                continue;
            }
            var weights = new double[Math.toIntExact(output.numel())];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = Math.sin(phase + 1.7 * i);
            }
            phase += 1;
            var share = output.flatten().dot(Tensors.of(weights, ScalarType.Double, weights.length));
            loss = loss == null ? share : loss.add(share);
        }
        return java.util.Objects.requireNonNull(loss);
    }

    private static double[] differences(TorchGraph graph, Map<String, Tensor> given, Tensor input) {
        try (var _ = new NoGradGuard()) {
            var flat = input.detach().view(-1);
            var slopes = new double[Math.toIntExact(input.numel())];
            for (int i = 0; i < slopes.length; i++) {
                slopes[i] = (at(graph, given, flat.select(0, i), STEP) - at(graph, given, flat.select(0, i), -STEP))
                        / (2 * STEP);
            }
            return slopes;
        }
    }

    /** Returns the loss with one element moved. */
    private static double at(TorchGraph graph, Map<String, Tensor> given, Tensor element, double step) {
        try (var _ = new Scope()) {
            double before = element.item_double();
            element.fill_(new org.bytedeco.pytorch.Scalar(before + step));
            double loss = loss(graph, given).item_double();
            element.fill_(new org.bytedeco.pytorch.Scalar(before));
            return loss;
        }
    }
}
