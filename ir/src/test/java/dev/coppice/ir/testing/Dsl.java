package dev.coppice.ir.testing;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.shape.ShapeInference;

/**
 * Writes models as text, so that a test shows the whole graph it is about. One statement a line, {@code #} starts a comment:
 *
 * <pre>
 * ir_version 10                               # optional, 10 unless told
 * opset 17                                    # optional, 17 unless told
 * opset com.microsoft 1                       # another domain
 * input x float[batch,3,8,8]                  # a dimension is a number, a symbol or ?; float alone: rank unknown
 * const w float[4,3,3,3] seed 1               # an initializer: seeded values of the standard normal distribution
 * const t int64[3] = 2 -1 4                   # ... explicit values, row-major
 * const z float16[8] fill 0.5                 # ... one value everywhere
 * info y float[batch,4,8,8]                   # a value_info
 * y = Conv(x, w) pads=[1,1,1,1] name="conv1"  # name is the node's; all others are attributes
 * a, b = Split(y) axis=1
 * c = Clip(a, , z)                            # an optional input left out
 * g = com.microsoft::Gelu(c)
 * k = Constant() value=float[2]{1,2}          # tensor, float (has a dot or e), int, "string", and lists of the last three
 * r = If(cond) then_branch={                  # a body; it sees the values outside
 *   p = Relu(a)
 *   output p
 * } else_branch={
 *   q = Neg(a)
 *   output q
 * }
 * output y float[batch,4,8,8]                 # type and shape may be left out: then they are inferred
 * output a
 * </pre>
 *
 * <p>Element types are those of ONNX in lower case ({@code float, double, float16, bfloat16, int64, bool, string, ...}).
 * Names of values may hold any characters but white space, quotes, {@code #} and the brackets, comma and equals sign.
 */
public final class Dsl {

    private Dsl() {}

    /**
     * Parses a model; throws {@link IllegalArgumentException} naming the line of the first mistake, and
     * {@link dev.coppice.ir.BadModelException} when outputs are to be inferred of nodes that contradict each other.
     */
    public static Model model(String text) {
        return typed(new DslParser(text).model());
    }

    /** Returns a graph in the same language; constants of more than 16 elements are shown without their values. */
    public static String print(Graph graph) {
        return DslPrinter.print(graph);
    }

    /** Gives the outputs that were left without a type what can be inferred of it. */
    private static Model typed(Model model) {
        var graph = model.graph();
        if (graph.outputs().stream().noneMatch(Dsl::isUntyped)) {
            return model;
        }
        var shapes = ShapeInference.infer(model);
        var outputs = graph.outputs().stream()
                .map(o -> isUntyped(o)
                        ? ValueInfo.of(
                                o.name(),
                                shapes.type(o.name()).orElse(DType.FLOAT),
                                shapes.shape(o.name()).orElse(null))
                        : o)
                .toList();
        return model.withGraph(graph.withOutputs(outputs));
    }

    private static boolean isUntyped(ValueInfo output) {
        return output.type() == null;
    }
}
