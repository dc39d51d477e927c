package dev.coppice.ir.layer;

import dev.coppice.ir.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The standard operators that multiply by weights whose layout is known: where they take these, and where what is added. */
public enum WeightOperator {
    CONV("Conv", 2, 1),
    CONV_TRANSPOSE("ConvTranspose", 2, 1),
    GEMM("Gemm", 2, 0, 1),
    MAT_MUL("MatMul", -1, 0, 1),
    LSTM("LSTM", 3, 1, 2),
    GRU("GRU", 3, 1, 2),
    RNN("RNN", 3, 1, 2);

    private static final Map<String, WeightOperator> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(WeightOperator::opType, Function.identity()));

    private final String opType;
    private final int bias;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Integer> operands;

    WeightOperator(String opType, int bias, Integer... operands) {
        this.opType = opType;
        this.bias = bias;
        this.operands = List.of(operands);
    }

    /** Returns a node's operator, or null when it is none of these. */
    public static @Nullable WeightOperator of(Node node) {
        return node.isStandard() ? BY_NAME.get(node.opType()) : null;
    }

    /** Returns the operands of a node that hold weights when they are constant; empty for other operators. */
    public static List<Integer> operandsOf(Node node) {
        var operator = of(node);
        return operator == null ? List.of() : operator.operands;
    }

    public String opType() {
        return opType;
    }

    public boolean is(Node node) {
        return node.is(opType);
    }

    /** Returns the operands that hold weights when they are constant. */
    public List<Integer> operands() {
        return operands;
    }

    /** Returns the operand that is added to the products, which a node may leave out; -1 when there is none. */
    public int bias() {
        return bias;
    }

    public boolean isConvolution() {
        return this == CONV || this == CONV_TRANSPOSE;
    }

    public boolean isRecurrent() {
        return bias == LSTM.bias;
    }
}
