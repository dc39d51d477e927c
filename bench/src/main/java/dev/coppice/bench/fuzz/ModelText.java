package dev.coppice.bench.fuzz;

/** The text of a model while it grows: a chain of statements that ends in one value. */
final class ModelText {

    private final StringBuilder text = new StringBuilder();
    private final int opset;
    private String value = "x";
    private int width = 16;
    private int names;

    ModelText(int opset) {
        // What needs 13 is written as in 13.
        this.opset = Math.clamp(opset, 13, 23);
        line("opset " + this.opset);
        line("opset com.microsoft 1");
    }

    int opset() {
        return opset;
    }

    void input(String type) {
        line("input x " + type);
    }

    /** Returns the value that the chain ends in now. */
    String value() {
        return value;
    }

    /** Returns the size of its axis of features or channels. */
    int width() {
        return width;
    }

    int width(int now) {
        width = now;
        return now;
    }

    private void line(String statement) {
        text.append(statement).append('\n');
    }

    /** Adds a constant and returns its name. */
    String constant(String type, String content) {
        var name = "c" + ++names;
        line("const %s %s %s".formatted(name, type, content));
        return name;
    }

    String weight(Object... dims) {
        var type = new StringBuilder("float[");
        for (int i = 0; i < dims.length; i++) {
            type.append(i == 0 ? "" : ",").append(dims[i]);
        }
        return constant(type + "]", "seed " + names);
    }

    String numbers(long... numbers) {
        var content = new StringBuilder("=");
        for (long number : numbers) {
            content.append(' ').append(number);
        }
        return constant("int64[" + numbers.length + "]", content.toString());
    }

    /** Adds a node and returns the name of its output. */
    String node(String call) {
        var name = "v" + ++names;
        line(name + " = " + call);
        return name;
    }

    /** Adds a node of several outputs and returns their names. */
    String[] nodes(int outputs, String call) {
        var made = new String[outputs];
        for (int i = 0; i < outputs; i++) {
            made[i] = "v" + ++names;
        }
        line(String.join(", ", made) + " = " + call);
        return made;
    }

    /** Makes the chain end in a value. */
    void to(String end) {
        value = end;
    }

    /** Adds a node that reads the end of the chain ({@code $}) and becomes it. */
    void then(String call) {
        to(node(call.replace("$", value)));
    }

    String end() {
        line("output " + value);
        return text.toString();
    }
}
