package dev.coppice.ir;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What holds of operators whatever their attributes say. The one table of such properties: an operator that is new to Coppice is entered
 * here, and all that ask for a property know it. Operators outside the standard domain carry theirs in the name
 * ({@code com.microsoft::Gelu}).
 */
public enum Trait {
    /** Computes each element of the output from the one at the same place of the first input; other inputs are parameters. */
    UNARY,
    /** Computes each element of the output from the elements at the same place of all inputs, sizes of one being repeated. */
    BROADCAST,
    /** Makes one number of all along some axes, which {@code axes} and {@code keepdims} tell. */
    REDUCTION,
    /** Is a function that layers end with: nonlinear, and in one operator. */
    ACTIVATION,
    /** Gives zero itself, not only something close to it, over a whole range of its input, with the usual attributes. */
    EXACT_ZEROS,
    /** Makes zeros of zeros in the first input. */
    KEEPS_ZERO,
    /** Puts out elements of the first input, or of all in Concat: each once at the most, and nothing else but of another type. */
    MOVES,
    /** Puts out the elements of the first input in their order, perhaps under another shape. */
    VIEW;

    private static final Map<String, Set<Trait>> TABLE = table();

    private static Map<String, Set<Trait>> table() {
        var table = new HashMap<String, Set<Trait>>();
        enter(table, "Acos Acosh BitwiseNot Cos Cosh Exp IsInf IsNaN Log Not Reciprocal", UNARY);
        enter(
                table,
                "Abs Asin Asinh Atan Atanh CastLike Ceil Erf Floor Neg Round Sign Sin Sinh Sqrt Tan",
                UNARY,
                KEEPS_ZERO);
        enter(table, "Sigmoid Softplus", UNARY, ACTIVATION);
        enter(table, "Celu Elu Gelu LeakyRelu Mish Selu Softsign Swish Tanh", UNARY, ACTIVATION, KEEPS_ZERO);
        enter(table, "com.microsoft::Gelu com.microsoft::QuickGelu", UNARY, ACTIVATION, KEEPS_ZERO);
        enter(table, "Clip HardSigmoid Shrink", UNARY, ACTIVATION, EXACT_ZEROS);
        enter(table, "HardSwish Relu ThresholdedRelu", UNARY, ACTIVATION, EXACT_ZEROS, KEEPS_ZERO);
        enter(table, "PRelu", BROADCAST, ACTIVATION, KEEPS_ZERO);
        enter(table, "com.microsoft::BiasGelu com.microsoft::FastGelu", BROADCAST, ACTIVATION);
        enter(
                table,
                "Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Max Mean Min Mod Mul Or Pow Sub Sum Xor",
                BROADCAST);
        enter(table, "Equal Greater GreaterOrEqual Less LessOrEqual Where", BROADCAST);
        enter(table, "Cast", UNARY, KEEPS_ZERO, MOVES);
        enter(table, "Dropout", UNARY, KEEPS_ZERO, VIEW);
        enter(table, "Identity", UNARY, KEEPS_ZERO, MOVES, VIEW);
        enter(table, "Flatten Reshape Squeeze Unsqueeze", KEEPS_ZERO, MOVES, VIEW);
        enter(table, "DepthToSpace Slice SpaceToDepth Split Transpose", KEEPS_ZERO, MOVES);
        enter(table, "Concat", MOVES);
        enter(table, "Expand Gather GatherElements Tile", KEEPS_ZERO);
        enter(table, "AveragePool GlobalAveragePool GlobalMaxPool Resize Upsample", KEEPS_ZERO);
        enter(
                table,
                "ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare",
                REDUCTION,
                KEEPS_ZERO);
        enter(table, "ReduceLogSum ReduceLogSumExp", REDUCTION);
        return Map.copyOf(table);
    }

    private static void enter(Map<String, Set<Trait>> table, String operators, Trait first, Trait... more) {
        for (var operator : operators.split(" ", -1)) {
            if (table.put(operator, EnumSet.of(first, more)) != null) {
                throw new IllegalStateException(operator + " is entered twice");
            }
        }
    }

    /** Returns the operators of which this holds. */
    public Set<String> operators() {
        return TABLE.entrySet().stream()
                .filter(entry -> entry.getValue().contains(this))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Says whether this holds of an operator, as {@link Node#operator} names it. */
    boolean of(String operator) {
        return TABLE.getOrDefault(operator, Set.of()).contains(this);
    }
}
