package dev.coppice.train.torch;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Node;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * One node with the values of its inputs.
 *
 * @param opset the version of the node's operator set
 * @param inputs null where an optional input is left out
 * @param layout what convolutions ask for
 * @param training whether BatchNormalization uses and follows the batch's own statistics
 */
@SuppressWarnings("ArrayRecordComponent") // read inside this package only, never compared
record Call(Node node, int opset, @Nullable Tensor[] inputs, Precision precision, Layout layout, boolean training) {

    boolean has(int i) {
        return i < inputs.length && inputs[i] != null;
    }

    /** Returns input {@code i}; refuses a node that lacks it. */
    Tensor in(int i) {
        var input = i < inputs.length ? inputs[i] : null;
        if (input == null) {
            throw new Lowering.Refusal("input " + i + " is missing");
        }
        return input;
    }

    /** Returns input {@code i} for an optional parameter of libtorch. */
    TensorOptional optional(int i) {
        return has(i) ? new TensorOptional(in(i)) : new TensorOptional();
    }

    /** Returns the elements of an integer input. */
    long[] longs(int i) {
        return Tensors.longs(in(i));
    }

    long rank(int i) {
        return in(i).dim();
    }

    /** Returns an axis counted from the front. */
    long axis(long axis, long rank) {
        return axis < 0 ? axis + rank : axis;
    }

    long integer(String name, long otherwise) {
        return node.intAttribute(name, otherwise);
    }

    boolean flag(String name) {
        return node.intAttribute(name, 0) != 0;
    }

    double real(String name, double otherwise) {
        return node.attribute(name).orElse(null) instanceof Attribute.FloatValue(float value) ? value : otherwise;
    }

    String text(String name, String otherwise) {
        return node.stringAttribute(name, otherwise);
    }

    long @Nullable [] integers(String name) {
        var values = node.intsAttribute(name);
        return values.isPresent() ? Tensors.sizes(values.get()) : null;
    }

    long[] integers(String name, long[] otherwise) {
        var values = integers(name);
        return values == null ? otherwise : values;
    }

    /** Returns axes given as an attribute in older operator sets and as input {@code input} in newer ones; null when absent. */
    long @Nullable [] axes(String attribute, int input) {
        if (has(input)) {
            return longs(input);
        }
        return integers(attribute);
    }

    ScalarType type(long onnxCode) {
        return precision.of(DType.ofCode(onnxCode));
    }

    Tensor ofLongs(long... values) {
        return values.length == 0
                ? torch.empty(
                        new long[] {0},
                        new TensorOptions(ScalarType.Long),
                        new org.bytedeco.pytorch.MemoryFormatOptional())
                : torch.tensor(values);
    }

    static Scalar scalar(double value) {
        return new Scalar(value);
    }

    List<Long> dims(int i) {
        return Tensors.dims(in(i));
    }
}
