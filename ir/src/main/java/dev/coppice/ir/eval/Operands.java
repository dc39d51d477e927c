package dev.coppice.ir.eval;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A node, the tensors on its inputs, and checked access to both. */
record Operands(Node node, List<@Nullable Tensor> inputs, long limit) {

    boolean has(int i) {
        return i < inputs.size() && inputs.get(i) != null;
    }

    Tensor tensor(int i) {
        var tensor = i < inputs.size() ? inputs.get(i) : null;
        if (tensor == null) {
            throw bad("input " + i + " is missing");
        }
        return tensor;
    }

    /** Returns all inputs; throws when one was left out. */
    List<Tensor> tensors() {
        if (inputs.isEmpty()) {
            throw bad("it has no inputs");
        }
        return IntStream.range(0, inputs.size()).mapToObj(this::tensor).toList();
    }

    /** Returns the elements of an integer input. */
    long[] longs(int i) {
        var tensor = tensor(i);
        if (!tensor.type().integral()) {
            throw bad("input " + i + " holds " + tensor.type() + " where integers are due");
        }
        return Elements.longs(tensor);
    }

    /** Returns the one integer of an input, or {@code otherwise} when the input was left out. */
    long scalar(int i, long otherwise) {
        if (!has(i)) {
            return otherwise;
        }
        var values = longs(i);
        if (values.length != 1) {
            throw bad("input " + i + " has " + values.length + " elements where one is due");
        }
        return values[0];
    }

    /** Returns integers given as input {@code i} or, in older operators, as an attribute; null when given as neither. */
    long @Nullable [] integers(int i, String attribute) {
        return has(i)
                ? longs(i)
                : node.intsAttribute(attribute)
                        .map(list -> list.stream().mapToLong(v -> v).toArray())
                        .orElse(null);
    }

    /** Returns an axis counted from the front. */
    int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw bad("axis " + axis + " of a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Returns an index counted from the front. */
    int index(long index, long size) {
        if (index < -size || index >= size) {
            throw bad("index " + index + " into " + size + " elements");
        }
        return (int) (index < 0 ? index + size : index);
    }

    /** Says whether a result of these sizes is within the limit. */
    boolean fits(List<Long> dims) {
        long elements = 1;
        for (long dim : dims) {
            if (dim < 0) {
                throw bad("a result with the dimension " + dim);
            }
            if (dim > limit) {
                return false;
            }
            elements = elements > limit ? elements : elements * dim;
        }
        return elements <= limit;
    }

    /** Says whether the elements of all inputs can be moved one by one. */
    boolean movable() {
        for (int i = 0; i < inputs.size(); i++) {
            if (has(i) && !Tensors.movable(tensor(i).type())) {
                return false;
            }
        }
        return true;
    }

    void sameType(Tensor a, Tensor b) {
        if (a.type() != b.type()) {
            throw bad("inputs of type " + a.type() + " and " + b.type());
        }
    }

    DType typeAttribute(String name, DType otherwise) {
        long code = node.intAttribute(name, 0);
        return code == 0 ? otherwise : DType.ofCode(code);
    }

    BadModelException bad(String what) {
        return new BadModelException(
                "node '%s' (%s): %s".formatted(node.label(), node.opType(), what),
                "the model contradicts itself here; export it again");
    }
}
