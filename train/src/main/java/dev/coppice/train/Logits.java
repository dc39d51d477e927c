package dev.coppice.train;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Trait;
import dev.coppice.ir.ValueInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the values of a model that losses are computed from. */
public final class Logits {

    /** Operators that leave what a classifier says as it is, but for its shape and type. */
    private static boolean isTransparent(Node node) {
        return node.has(Trait.VIEW) || node.is("Cast");
    }

    private final Map<String, Node> producers = new HashMap<>();

    private Logits(Graph graph) {
        graph.nodes().forEach(node -> node.outputs().forEach(output -> producers.put(output, node)));
    }

    /**
     * Returns the name of the first output of fractions, or of the logits that it was made from by a closing Softmax or Sigmoid, whole or in
     * pieces: cross-entropy of probabilities would be another loss. Of a model that gives nothing but labels, the scores that these are
     * the largest of.
     */
    public static String of(Model model) {
        return new Logits(model.graph()).before(output(model));
    }

    /** Returns the name of the first output of fractions itself, or what stands in for it where there is none. */
    public static String output(Model model) {
        var graph = model.graph();
        if (graph.outputs().isEmpty()) {
            throw new BadModelException("the model has no output", "nothing can be learnt without one");
        }
        var search = new Logits(graph);
        for (var output : graph.outputs()) {
            if (isFraction(output) && !search.isLabel(output.name())) {
                return output.name();
            }
            var mapped = search.mapped(output.name());
            if (mapped.isPresent()) {
                return mapped.get();
            }
        }
        return graph.outputs().stream()
                .flatMap(output -> search.scores(output.name()).stream())
                .findFirst()
                .orElseThrow(() -> new BadModelException(
                        "no output of the model is a tensor of fractions: "
                                + graph.outputs().stream().map(ValueInfo::name).toList(),
                        "nothing can be learnt from whole numbers and strings"));
    }

    /** Says whether the first output is made of logits by Softmax or Sigmoid. */
    public static boolean areBehind(Model model) {
        return !of(model).equals(output(model));
    }

    private static boolean isFraction(ValueInfo output) {
        var type = output.type();
        return type == null
                ? output.carried().fields().byteSize()
                        == 0 // nothing is declared; of what is no tensor the type is carried
                : type == DType.FLOAT || type == DType.DOUBLE || type == DType.FLOAT16 || type == DType.BFLOAT16;
    }

    private boolean isLabel(String value) {
        var node = producers.get(value);
        return node != null && (node.is("ArgMax") || node.opType().equals("ZipMap"));
    }

    /** Returns the probabilities that a map from classes was made of. */
    private Optional<String> mapped(String value) {
        var node = producers.get(value);
        return node != null && node.opType().equals("ZipMap") ? Optional.of(node.input(0)) : Optional.empty();
    }

    /** Returns what a label is the largest of. */
    private Optional<String> scores(String label) {
        var node = producers.get(label);
        while (node != null) {
            if (node.is("ArgMax") || node.is("TopK")) {
                return Optional.of(node.input(0));
            }
            boolean chosen = node.opType().equals("ArrayFeatureExtractor") || node.is("Gather");
            boolean shown = isTransparent(node) || node.opType().equals("LabelEncoder");
            node = chosen ? producers.get(node.input(1)) : shown ? producers.get(node.input(0)) : null;
        }
        return Optional.empty();
    }

    private String before(String output) {
        var value = output;
        for (var node = producers.get(value); node != null; node = producers.get(value)) {
            var logits = logits(node);
            if (logits.isPresent()) {
                return logits.get();
            }
            if (!isTransparent(node) || !keepsFractions(node)) {
                break;
            }
            value = node.input(0);
        }
        return output;
    }

    private static boolean keepsFractions(Node node) {
        long type = node.intAttribute("to", DType.FLOAT.code());
        return !node.is("Cast")
                || type == DType.FLOAT.code()
                || type == DType.DOUBLE.code()
                || type == DType.FLOAT16.code()
                || type == DType.BFLOAT16.code();
    }

    /** Returns what a node makes probabilities of, if it is the last of a Softmax or Sigmoid. */
    private Optional<String> logits(Node node) {
        if (node.is("Softmax") || node.is("LogSoftmax") || node.is("Sigmoid")) {
            return Optional.of(node.input(0));
        }
        if (node.is("Div")) {
            return softmax(node.input(0), node.input(1));
        }
        if (node.is("Mul")) {
            return reciprocal(node.input(1))
                    .flatMap(sum -> softmax(node.input(0), sum))
                    .or(() -> reciprocal(node.input(0)).flatMap(sum -> softmax(node.input(1), sum)));
        }
        var inner = node.is("Exp") ? made("LogSoftmax", node.input(0)) : null;
        return Optional.ofNullable(inner).map(log -> log.input(0));
    }

    private Optional<String> reciprocal(String value) {
        return Optional.ofNullable(made("Reciprocal", value)).map(node -> node.input(0));
    }

    /** Returns x of exp(x) / sum(exp(x)); a maximum that was subtracted from x changes no cross-entropy. */
    private Optional<String> softmax(String exponentials, String sum) {
        var exp = made("Exp", exponentials);
        var total = made("ReduceSum", sum);
        return exp != null && total != null && total.input(0).equals(exponentials)
                ? Optional.of(exp.input(0))
                : Optional.empty();
    }

    private @Nullable Node made(String op, String value) {
        var node = producers.get(value);
        return node != null && node.is(op) ? node : null;
    }
}
