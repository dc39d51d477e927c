package dev.coppice.train.torch;

import dev.coppice.ir.Model;
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
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A line of gradients.txt or agreement.txt: a small graph, and what to feed it with.
 *
 * @param inputs sizes by name
 * @param low the inputs' least value
 * @param high their greatest
 */
record OperatorCase(String operator, Map<String, List<Long>> inputs, String graph, double low, double high, int opset) {

    static List<OperatorCase> of(String file) throws IOException {
        return lines(file)
                .filter(line -> !line.startsWith("!"))
                .map(OperatorCase::parse)
                .toList();
    }

    /** Returns the operators that gradients.txt says have no gradient. */
    static SortedSet<String> withoutGradient() throws IOException {
        var names = new TreeSet<String>();
        lines("gradients.txt")
                .filter(line -> line.startsWith("!"))
                .forEach(line -> names.addAll(
                        List.of(line.substring(1, line.indexOf('|')).strip().split(" "))));
        return names;
    }

    private static java.util.stream.Stream<String> lines(String file) throws IOException {
        try (var in = OperatorCase.class.getResourceAsStream(file)) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"));
        }
    }

    private static OperatorCase parse(String line) {
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
        return new OperatorCase(
                parts.get(0), inputs, parts.get(2), Double.parseDouble(range[0]), Double.parseDouble(range[1]), opset);
    }

    Model model() {
        return Dsl.model(text());
    }

    /** Returns a float64 tensor for each input; they belong to the innermost scope. */
    Map<String, Tensor> values() {
        var random = new Random(3);
        var given = new LinkedHashMap<String, Tensor>();
        double shift = 0;
        for (var input : inputs.entrySet()) {
            given.put(input.getKey(), values(input.getValue(), shift, random));
            shift += 0.1;
        }
        return given;
    }

    private String text() {
        var statements = graph.split(" ; ");
        var text = new StringBuilder("opset " + opset + "\nopset com.microsoft 1\n");
        inputs.forEach((name, sizes) ->
                text.append("input " + name + " float" + sizes.toString().replace(" ", "") + "\n"));
        text.append(String.join("\n", statements)).append('\n');
        var last = statements[statements.length - 1];
        for (var output : last.substring(0, last.indexOf('=')).split(",")) {
            if (!output.isBlank()) {
                text.append("output ").append(output.strip()).append('\n');
            }
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
}
