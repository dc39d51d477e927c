package dev.coppice.ir;

import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The last net under the rules that look at one node: what a rule stumbles over in a malformed node becomes an error that names it.
 * Rules check what they rely on; this catches what they miss, so that no file can cause an internal error.
 */
public final class Malformed {

    private Malformed() {}

    /**
     * Returns what a rule makes of a node.
     *
     * @param aspect what the rule is about, such as "its shapes"
     * @throws BadModelException when the rule meets numbers, operands or attributes that no well-formed node has
     */
    public static <T extends @Nullable Object> T guard(Node node, String aspect, Supplier<T> rule) {
        try {
            return rule.get();
        } catch (IndexOutOfBoundsException
                | ArithmeticException
                | NegativeArraySizeException
                | ClassCastException
                | NoSuchElementException
                | IllegalArgumentException
                | IllegalStateException e) {
            throw new BadModelException(
                    "node '%s' (%s): %s cannot be worked out, its inputs, attributes or sizes do not fit the operator (%s)"
                            .formatted(node.label(), node.opType(), aspect, e.getMessage()),
                    "run the exporter's own checker (onnx.checker) on the model",
                    e);
        }
    }

    /** Applies a rule that returns nothing as {@link #guard(Node, String, Supplier)} does. */
    public static void guard(Node node, String aspect, Runnable rule) {
        guard(node, aspect, () -> {
            rule.run();
            return true;
        });
    }
}
