package dev.coppice.pipeline.structure;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A smallest model around one operator, of the table in {@code operators.txt}.
 *
 * @param operator as the table of couplings names it
 * @param line where the row begins
 * @param kept whether nothing that the operator reads or makes can be cut
 */
record OperatorRow(String operator, int line, boolean kept, String text) {

    private static final String VECTORS = """
        input x float[4,9]
        const u0 float[9,12] seed 101
        const u1 float[9,12] seed 102
        const reader float[12,5] seed 103
        const zero float[] = 0.0
        r = MatMul(x, u0)
        t = MatMul(x, u1)
        %s
        """;

    private static final String MAPS = """
        input x float[2,3,%2$s]
        const u0 float[12,3,%3$s] seed 101
        const u1 float[12,3,%3$s] seed 102
        const reader float[5,12,%3$s] seed 103
        r = Conv(x, u0)
        t = Conv(x, u1)
        %1$s
        """;

    static List<OperatorRow> all() {
        var rows = new ArrayList<OperatorRow>();
        var lines = lines();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("== ")) {
                int end = i + 1;
                while (end < lines.size() && !lines.get(end).startsWith("== ")) {
                    end++;
                }
                rows.add(of(lines.get(i).split(" "), i + 1, String.join("\n", lines.subList(i + 1, end))));
            }
        }
        return rows;
    }

    private static OperatorRow of(String[] head, int line, String body) {
        boolean whole = body.contains("\ny = ");
        var text = switch (head[2]) {
            case "whole", "kept" -> body;
            case "vectors" -> VECTORS.formatted(whole ? body : body + "\ny = MatMul(b, reader)") + "output y";
            case "tokens" ->
                VECTORS.formatted(whole ? body : body + "\ny = MatMul(b, reader)")
                                .replace("[4,9]", "[2,7,9]") + "output y";
            case "signals" -> MAPS.formatted(whole ? body : body + "\ny = Conv(b, reader)", "8", "1") + "output y";
            case "maps" -> MAPS.formatted(whole ? body : body + "\ny = Conv(b, reader)", "8,8", "1,1") + "output y";
            default -> throw new IllegalStateException("line " + line + ": no frame " + head[2]);
        };
        return new OperatorRow(
                head[1], line, head[2].equals("kept"), "opset " + head[3] + "\nopset com.microsoft 1\n" + text);
    }

    private static List<String> lines() {
        try (var in = Objects.requireNonNull(OperatorRow.class.getResourceAsStream("operators.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Model model() {
        return Dsl.model(text);
    }

    @Override
    public String toString() {
        return operator + " (line " + line + ")";
    }
}
