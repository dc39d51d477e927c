package dev.coppice.ir.testing;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints graphs in the language that {@link Dsl} describes. */
final class DslPrinter {

    private static final int SHOWN_ELEMENTS = 16;

    private DslPrinter() {}

    static String print(Graph graph) {
        var text = new StringBuilder();
        graph.inputs().forEach(v -> text.append(declaration("input", v)));
        graph.initializers().forEach(t -> text.append(constant(t)));
        graph.valueInfos().forEach(v -> text.append(declaration("info", v)));
        graph.nodes().forEach(n -> text.append(node(n)));
        graph.outputs().forEach(v -> text.append(declaration("output", v)));
        return text.toString();
    }

    private static String declaration(String keyword, ValueInfo value) {
        var type = value.type() == null ? "" : " " + value.type().name().toLowerCase(Locale.ROOT);
        Shape shape = value.shape();
        return keyword + " " + value.name() + type + (shape == null ? "" : shape.toString()) + "\n";
    }

    private static String constant(Tensor tensor) {
        var values =
                tensor.size() <= SHOWN_ELEMENTS ? " = " + String.join(" ", elements(tensor)) : " # values not shown";
        return "const " + tensor.name() + " " + type(tensor) + values + "\n";
    }

    private static String node(Node node) {
        var text = new StringBuilder(String.join(", ", node.outputs()))
                .append(" = ")
                .append(node.domain().isEmpty() ? "" : node.domain() + "::")
                .append(node.opType())
                .append('(')
                .append(String.join(", ", node.inputs()))
                .append(')');
        if (!node.name().isEmpty()) {
            text.append(" name=\"").append(node.name()).append('"');
        }
        for (var attribute : node.attributes()) {
            text.append(' ').append(attribute.name()).append('=').append(value(attribute.value()));
        }
        return text.append('\n').toString();
    }

    private static String value(Attribute.Value value) {
        return switch (value) {
            case Attribute.IntValue(long number) -> Long.toString(number);
            case Attribute.FloatValue(float number) -> Float.toString(number);
            case Attribute.StringValue string -> quoted(string);
            case Attribute.TensorValue(var tensor) -> type(tensor) + "{" + String.join(",", elements(tensor)) + "}";
            case Attribute.GraphValue(var graph) -> "{\n" + print(graph).indent(2) + "}";
            case Attribute.IntsValue(var values) -> values.toString().replace(" ", "");
            case Attribute.FloatsValue(var values) -> values.toString().replace(" ", "");
            case Attribute.StringsValue(var values) ->
                values.stream().map(DslPrinter::quoted).collect(Collectors.joining(",", "[", "]"));
            case Attribute.GraphsValue(var graphs) -> "# " + graphs.size() + " graphs";
            case Attribute.ReferenceValue(var referred, int _) -> "# attribute " + referred;
            case Attribute.OpaqueValue(int code) -> "# attribute of type " + code;
        };
    }

    private static String quoted(Attribute.StringValue string) {
        return '"' + string.text() + '"';
    }

    private static String type(Tensor tensor) {
        return tensor.type().name().toLowerCase(Locale.ROOT) + tensor.shape();
    }

    private static List<String> elements(Tensor tensor) {
        if (tensor.data() instanceof TensorData.Strings(var strings)) {
            return strings.stream()
                    .map(s -> '"' + new String(s.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8) + '"')
                    .toList();
        }
        if (tensor.type().integral()) {
            return Arrays.stream(Elements.longs(tensor))
                    .mapToObj(Long::toString)
                    .toList();
        }
        if (!tensor.type().prunable()) {
            return List.of("?");
        }
        var values = new double[Math.toIntExact(tensor.size())];
        Elements.doubles(tensor, 0, values, values.length);
        return Arrays.stream(values).mapToObj(Double::toString).toList();
    }
}
