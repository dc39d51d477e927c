package dev.coppice.ir.testing;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.testing.DslLexer.Kind;
import dev.coppice.ir.testing.DslLexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A recursive-descent parser of the language that {@link Dsl} describes. */
final class DslParser {

    private final List<Token> tokens;
    private int position;
    private long irVersion = 10;
    private final List<Model.Opset> opsets = new ArrayList<>();

    DslParser(String text) {
        tokens = DslLexer.tokens(text);
    }

    Model model() {
        var graph = graph("test");
        if (peek().kind() != Kind.END) {
            throw mistake("expected a statement");
        }
        if (opsets.stream().noneMatch(o -> o.domain().isEmpty())) {
            opsets.addFirst(new Model.Opset("", 17));
        }
        return new Model(irVersion, opsets, graph, List.of(), Carried.NOTHING, new Origins());
    }

    private Graph graph(String name) {
        var parts = new Parts();
        while (peek().kind() != Kind.END && !peek().is("}")) {
            if (!accept(Kind.END_OF_LINE)) {
                statement(parts);
            }
        }
        return new Graph(
                name,
                parts.nodes,
                parts.constants,
                List.of(),
                parts.inputs,
                parts.outputs,
                parts.infos,
                Carried.NOTHING);
    }

    private void statement(Parts parts) {
        boolean keyword = tokens.get(position + 1).kind() == Kind.WORD;
        switch (keyword ? peek().text() : "") {
            case "ir_version" -> {
                next();
                irVersion = number(next());
            }
            case "opset" -> opset();
            case "input" -> parts.inputs.add(declaration());
            case "output" -> parts.outputs.add(declaration());
            case "info" -> parts.infos.add(declaration());
            case "const" -> parts.constants.add(constant());
            default -> parts.nodes.add(node());
        }
        if (!peek().is("}") && !accept(Kind.END_OF_LINE) && peek().kind() != Kind.END) {
            throw mistake("expected the end of the statement");
        }
    }

    private void opset() {
        next();
        var first = word();
        boolean standard = peek().kind() != Kind.WORD;
        opsets.add(standard ? new Model.Opset("", number(first)) : new Model.Opset(first.text(), number(next())));
    }

    private ValueInfo declaration() {
        boolean output = next().text().equals("output");
        var name = word().text();
        if (output && peek().kind() != Kind.WORD) {
            return new ValueInfo(name, null, null, Carried.NOTHING);
        }
        var type = type();
        return ValueInfo.of(name, type, peek().is("[") ? shape() : null);
    }

    private Tensor constant() {
        next();
        var name = word().text();
        var type = type();
        var dims = staticDims();
        if (acceptPunctuation("=")) {
            var texts = new ArrayList<String>();
            while (peek().kind() == Kind.WORD || peek().kind() == Kind.STRING) {
                texts.add(next().text());
            }
            return tensor(name, type, dims, texts);
        }
        return switch (word().text()) {
            case "seed" -> DslTensors.seeded(name, type, dims, number(word()));
            case "fill" -> DslTensors.filled(name, type, dims, word().text());
            default -> throw mistake("a constant is given by 'seed N', 'fill VALUE' or '= VALUES'");
        };
    }

    private Node node() {
        var outputs = new ArrayList<String>();
        do {
            outputs.add(peek().kind() == Kind.WORD ? next().text() : "");
        } while (acceptPunctuation(","));
        expect("=");
        var operator = word().text();
        int colons = operator.indexOf("::");
        expect("(");
        var inputs = new ArrayList<String>();
        while (!acceptPunctuation(")")) {
            inputs.add(peek().kind() == Kind.WORD ? next().text() : "");
            if (!acceptPunctuation(",") && !peek().is(")")) {
                throw mistake("expected ',' or ')'");
            }
        }
        var name = "";
        var attributes = new ArrayList<Attribute>();
        while (peek().kind() == Kind.WORD) {
            var key = next().text();
            expect("=");
            if (key.equals("name")) {
                name = next().text();
            } else {
                attributes.add(Attribute.of(key, attributeValue()));
            }
        }
        return new Node(
                name,
                colons < 0 ? operator : operator.substring(colons + 2),
                colons < 0 ? "" : operator.substring(0, colons),
                inputs,
                outputs,
                attributes,
                Carried.NOTHING);
    }

    private Attribute.Value attributeValue() {
        if (peek().is("[")) {
            return list();
        }
        if (acceptPunctuation("{")) {
            var body = graph("body");
            expect("}");
            return new Attribute.GraphValue(body);
        }
        if (peek().kind() == Kind.WORD && tokens.get(position + 1).is("[")) {
            var type = type();
            var dims = staticDims();
            return new Attribute.TensorValue(tensor("", type, dims, items("{", "}")));
        }
        return scalar(next());
    }

    private Attribute.Value list() {
        boolean strings = tokens.get(position + 1).kind() == Kind.STRING;
        var texts = items("[", "]");
        if (strings) {
            return new Attribute.StringsValue(texts.stream()
                    .map(t -> (Attribute.StringValue) Attribute.of("", t).value())
                    .toList());
        }
        return texts.stream().anyMatch(DslParser::isFloat)
                ? new Attribute.FloatsValue(
                        texts.stream().map(Float::parseFloat).toList())
                : new Attribute.IntsValue(texts.stream().map(Long::parseLong).toList());
    }

    private Attribute.Value scalar(Token token) {
        if (token.kind() == Kind.STRING) {
            return Attribute.of("", token.text()).value();
        }
        return isFloat(token.text())
                ? new Attribute.FloatValue(Float.parseFloat(token.text()))
                : new Attribute.IntValue(number(token));
    }

    private static boolean isFloat(String text) {
        return text.matches("[-+]?[0-9]*(\\.[0-9]*)?([eE][-+]?[0-9]+)?") && !text.matches("[-+]?[0-9]+");
    }

    private List<String> items(String open, String close) {
        expect(open);
        var items = new ArrayList<String>();
        while (!acceptPunctuation(close)) {
            if (peek().kind() != Kind.WORD && peek().kind() != Kind.STRING) {
                throw mistake("expected a value or '" + close + "'");
            }
            items.add(next().text());
            acceptPunctuation(",");
        }
        return items;
    }

    private Tensor tensor(String name, DType type, List<Long> dims, List<String> texts) {
        if (texts.size() != DslTensors.count(dims)) {
            throw mistake(texts.size() + " values for a constant of shape " + dims);
        }
        return DslTensors.of(name, type, dims, texts);
    }

    private DType type() {
        var token = word();
        for (var type : DType.values()) {
            if (type.name().toLowerCase(Locale.ROOT).equals(token.text())) {
                return type;
            }
        }
        throw mistake("'" + token.text() + "' is no element type");
    }

    private Shape shape() {
        return new Shape(items("[", "]").stream()
                .map(text -> text.equals("?")
                        ? Dim.unknown()
                        : text.matches("[0-9]+") ? Dim.of(Long.parseLong(text)) : Dim.of(text))
                .toList());
    }

    private List<Long> staticDims() {
        return items("[", "]").stream().map(Long::parseLong).toList();
    }

    private long number(Token token) {
        if (!token.text().matches("-?[0-9]+")) {
            throw mistake("'" + token.text() + "' is no whole number");
        }
        return Long.parseLong(token.text());
    }

    private Token peek() {
        return tokens.get(position);
    }

    private Token next() {
        var token = tokens.get(position);
        if (token.kind() == Kind.END) {
            throw mistake("the text ends too early");
        }
        position++;
        return token;
    }

    private Token word() {
        if (peek().kind() != Kind.WORD) {
            throw mistake("expected a word");
        }
        return next();
    }

    private void expect(String punctuation) {
        if (!acceptPunctuation(punctuation)) {
            throw mistake("expected '" + punctuation + "'");
        }
    }

    private boolean acceptPunctuation(String text) {
        boolean found = peek().is(text);
        position += found ? 1 : 0;
        return found;
    }

    private boolean accept(Kind kind) {
        boolean found = peek().kind() == kind;
        position += found ? 1 : 0;
        return found;
    }

    private IllegalArgumentException mistake(String message) {
        var token = tokens.get(Math.min(position, tokens.size() - 1));
        return new IllegalArgumentException("line " + token.line() + ", at '" + token.text() + "': " + message);
    }

    /** What a graph is made of, as it is collected. */
    private static final class Parts {
        final List<Node> nodes = new ArrayList<>();
        final List<Tensor> constants = new ArrayList<>();
        final List<ValueInfo> inputs = new ArrayList<>();
        final List<ValueInfo> outputs = new ArrayList<>();
        final List<ValueInfo> infos = new ArrayList<>();
    }
}
