package dev.coppice.pipeline.structure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** A graph in the text language of {@link dev.coppice.ir.testing.Dsl} while it is being written: statements, and the value that the next pattern goes on with. */
final class GraphText {

    /** Stands for the batch axis in targets of Reshape. */
    static final int BATCH = 0;

    private static final int BATCH_SIZE = 2;

    private SplittableRandom random = new SplittableRandom(0);
    final int opset;
    final boolean dynamic;
    private final List<String> lines = new ArrayList<>();
    private int counter;

    /** The value so far: [batch, channels, size, size], or [batch, size, channels]. */
    String value = "x";

    int channels;
    int size;

    GraphText(int opset, boolean dynamic) {
        this.opset = opset;
        this.dynamic = dynamic;
        lines.add("opset " + opset);
    }

    /** Starts a pattern whose choices depend on its own seed alone. */
    void seed(long seed) {
        random = new SplittableRandom(seed);
    }

    SplittableRandom random() {
        return random;
    }

    String batch() {
        return dynamic ? "batch" : String.valueOf(BATCH_SIZE);
    }

    void line(String text) {
        lines.add(text);
    }

    String fresh() {
        return "v" + counter++;
    }

    boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    /** Returns a width of the form {@code unit * n}. */
    int width(int unit) {
        return unit * (2 + random.nextInt(3));
    }

    String weight(int... dims) {
        var name = "w" + counter++;
        line("const " + name + " float" + dims(dims) + " seed " + counter);
        return name;
    }

    String filled(double number, int... dims) {
        var name = "c" + counter++;
        line("const " + name + " float" + dims(dims) + " fill " + number);
        return name;
    }

    String ints(long... numbers) {
        var name = "i" + counter++;
        line("const " + name + " int64[" + numbers.length + "] = "
                + Arrays.stream(numbers).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
        return name;
    }

    String index(long number) {
        var name = "i" + counter++;
        line("const " + name + " int64[] = " + number);
        return name;
    }

    private static String dims(int... dims) {
        return Arrays.toString(dims).replace(" ", "");
    }

    /** Adds a node of one output; {@code call} is such as {@code Conv(x, w) group=2}. */
    String node(String call) {
        var name = fresh();
        line(name + " = " + call);
        return name;
    }

    List<String> nodes(int outputs, String call) {
        var names = new ArrayList<String>();
        for (int i = 0; i < outputs; i++) {
            names.add(fresh());
        }
        line(String.join(", ", names) + " = " + call);
        return names;
    }

    String op(String op, String... inputs) {
        return node(op + "(" + String.join(", ", inputs) + ")");
    }

    /** Reshapes; {@link #BATCH} stands for the batch, which is copied, given or computed of the value's shape. */
    String reshape(String x, int... target) {
        boolean computed = dynamic && chance(2);
        if (!computed) {
            var numbers = Arrays.stream(target).mapToLong(dim -> dim).toArray();
            if (!dynamic && chance(2)) {
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = target[i] == BATCH ? BATCH_SIZE : numbers[i];
                }
            } else if (target[0] != BATCH && Arrays.stream(target).anyMatch(dim -> dim == BATCH)) {
                throw new IllegalArgumentException("the batch comes first");
            }
            return op("Reshape", x, ints(numbers));
        }
        var shape = op("Shape", x);
        var parts = new ArrayList<String>();
        for (int dim : target) {
            parts.add(dim == BATCH ? op("Unsqueeze", op("Gather", shape, index(0)), ints(0)) : ints(dim));
        }
        return op("Reshape", x, node("Concat(" + String.join(", ", parts) + ") axis=0"));
    }

    String transpose(String x, int... perm) {
        return node("Transpose(" + x + ") perm=" + dims(perm));
    }

    String slice(String x, int axis, int from, int to, int step) {
        return op("Slice", x, ints(from), ints(to), ints(axis), ints(step));
    }

    String concat(int axis, String... parts) {
        return node("Concat(" + String.join(", ", parts) + ") axis=" + axis);
    }

    String activation(String x) {
        return switch (random.nextInt(6)) {
            case 0 -> op("Relu", x);
            case 1 -> op("Tanh", x);
            case 2 -> op("Mul", x, op("Sigmoid", x));
            case 3 -> op("LeakyRelu", x);
            case 4 -> op("Mul", op("Mul", x, filled(.5)), op("Add", op("Erf", x), filled(1)));
            default -> op("Clip", x, filled(-2), filled(2));
        };
    }

    String text() {
        return String.join("\n", lines) + "\n";
    }
}
