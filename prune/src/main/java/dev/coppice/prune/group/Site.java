package dev.coppice.prune.group;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.shape.Term;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One node while its axes are being coupled. */
final class Site {

    private final Node node;
    private final int opset;
    private final Coupler coupler;
    private final List<@Nullable List<Axis>> outputs = new ArrayList<>();
    private final BitSet touched = new BitSet();

    Site(Node node, int opset, Coupler coupler) {
        this.node = node;
        this.opset = opset;
        this.coupler = coupler;
        node.outputs().forEach(_ -> outputs.add(null));
    }

    Node node() {
        return node;
    }

    int opset() {
        return opset;
    }

    Labels labels() {
        return coupler.labels();
    }

    Reason reason(String text) {
        return new Reason(node.label(), node.opType(), text);
    }

    boolean has(int i) {
        return !node.input(i).isEmpty();
    }

    /** Returns the axes of an input, the outermost first; throws {@link UnknownAxes} when it is left out or of unknown rank. */
    List<Axis> input(int i) {
        touched.set(i);
        var axes = coupler.axes(node, i);
        if (axes == null) {
            throw new UnknownAxes(
                    has(i)
                            ? "meets a value of unknown rank, '" + node.input(i) + "', in"
                            : "meets a left-out operand in");
        }
        return axes;
    }

    /** Says what a rule would have to know, and does not; the node then is opaque. */
    static final class UnknownAxes extends RuntimeException {
        private static final long serialVersionUID = 1;

        /** Of a result whose rank is not known. */
        UnknownAxes() {
            this("becomes a value of unknown rank in");
        }

        /** The reason that is given of all that the node reads; the node's name follows it. */
        UnknownAxes(String reason) {
            super(reason, null, false, false);
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }

    /** Says that the axes of an input do not matter. */
    void ignore(int i) {
        touched.set(i);
    }

    /** Says that an input, where it is given, is read whole, whatever is cut elsewhere. */
    void parameter(int i) {
        touched.set(i);
        var axes = coupler.axes(node, i);
        if (axes != null) {
            axes.forEach(axis -> block(axis, "is a parameter of"));
        }
    }

    /** Says whether a rule has looked at the axes of an input. */
    boolean isTouched(int i) {
        return touched.get(i);
    }

    /** Says whether an input is computed of constants only. */
    boolean isConstant(int i) {
        return coupler.isConstant(node.input(i));
    }

    Optional<Tensor> constant(int i) {
        return has(i) ? coupler.shapes().constant(node.input(i)) : Optional.empty();
    }

    /** Returns the numbers of a constant integer input; null when it is none. */
    long @Nullable [] integers(int i) {
        return constant(i)
                .filter(tensor -> tensor.type().integral())
                .map(Elements::longs)
                .orElse(null);
    }

    /** Returns what is known of the elements of an integer input; nothing where not even their number is. */
    List<Term> terms(int i) {
        var numbers = integers(i);
        if (numbers != null) {
            return Arrays.stream(numbers).mapToObj(Term::of).toList();
        }
        var terms = coupler.shapes().of(node.input(i)).terms();
        return terms == null ? List.of() : terms;
    }

    /** Returns the numbers that early operator sets have as an attribute and later ones as input {@code i}; null when not known. */
    long @Nullable [] integers(String attribute, int i) {
        var given = node.intsAttribute(attribute);
        if (given.isPresent()) {
            return given.get().stream().mapToLong(Long::longValue).toArray();
        }
        return i >= 0 && has(i) ? integers(i) : null;
    }

    Optional<Shape> outputShape(int i) {
        return coupler.shapes().shape(node.output(i));
    }

    /** Returns a dimension of an output; unknown where the output's rank is. */
    Dim outputDim(int i, int axis) {
        return outputShape(i)
                .filter(shape -> axis < shape.rank())
                .map(shape -> shape.dim(axis))
                .orElse(Dim.unknown());
    }

    Optional<DType> outputType(int i) {
        return coupler.shapes().type(node.output(i));
    }

    Optional<Shape> inputShape(int i) {
        return coupler.shapes().shape(node.input(i));
    }

    /** Returns an axis number counted from the front; throws {@link UnknownAxes} when there is no such axis. */
    static int axis(long given, int rank) {
        long axis = given < 0 ? given + rank : given;
        if (axis < 0 || axis >= rank) {
            throw new UnknownAxes("has too few axes for the one that is named in");
        }
        return (int) axis;
    }

    void output(int i, List<Axis> axes) {
        if (i < outputs.size()) {
            outputs.set(i, List.copyOf(axes));
        }
    }

    /** Gives an output the axes of an input. */
    void pass(int input, int output) {
        output(output, input(input));
    }

    List<@Nullable List<Axis>> outputs() {
        return outputs;
    }

    /** Returns the axis that a broadcasting operator makes of two: sizes of one give way, others are coupled index by index. */
    Axis meet(Axis a, Axis b) {
        if (a.equals(b) || b.isOne()) {
            return a;
        }
        if (a.isOne()) {
            return b;
        }
        var origins = new HashSet<>(a.origins());
        origins.addAll(b.origins());
        if (a.isStatic() != b.isStatic()
                && (a.factors().size() == 1 && b.factors().size() == 1)) {
            var known = a.isStatic() ? a : b;
            block(known, "meets a dimension of unknown size in");
            return known;
        }
        if (!sameSizes(a, b)) {
            block(a, "axes of different make-up meet in");
            block(b, "axes of different make-up meet in");
            return a;
        }
        var factors = new ArrayList<Factor>();
        for (int i = 0; i < a.factors().size(); i++) {
            factors.add(meet(a.factors().get(i), b.factors().get(i)));
        }
        return new Axis(factors, origins);
    }

    private static boolean sameSizes(Axis a, Axis b) {
        if (a.factors().size() != b.factors().size()) {
            return false;
        }
        for (int i = 0; i < a.factors().size(); i++) {
            var x = a.factors().get(i);
            var y = b.factors().get(i);
            if (x.isOpen() != y.isOpen() || (!x.isOpen() && x.length() != y.length())) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("ReferenceEquality") // the same array needs no work
    private Factor meet(Factor a, Factor b) {
        if (a instanceof Factor.Live(int[] mine) && b instanceof Factor.Live(int[] others)) {
            if (mine != others) {
                for (int i = 0; i < mine.length; i++) {
                    labels().unify(mine[i], others[i]);
                }
            }
            return a;
        }
        if (a instanceof Factor.Live(int[] live) && b instanceof Factor.Fixed(int _, var reason)) {
            blockAll(live, reason);
            return b;
        }
        if (b instanceof Factor.Live(int[] live) && a instanceof Factor.Fixed(int _, var reason)) {
            blockAll(live, reason);
            return a;
        }
        return a;
    }

    private void blockAll(int[] live, Reason reason) {
        for (int label : live) {
            labels().block(label, reason);
        }
    }

    /** Couples two axes that must be of one size. */
    Axis same(Axis a, Axis b) {
        return meet(a, b);
    }

    /** Says that all indices of an axis must stay. */
    void block(Axis axis, String text) {
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live)) {
                blockAll(live, reason(text));
            }
        }
    }

    /** Says that an axis is an extent in space or time of a constant, and makes up no group at all. */
    void extent(Axis axis) {
        block(axis, "is the extent of a kernel in");
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live)) {
                for (int label : live) {
                    labels().ignore(label);
                }
            }
        }
    }

    void normalise(Axis axis) {
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live)) {
                for (int label : live) {
                    labels().normalise(label);
                }
            }
        }
    }

    void head(Axis axis) {
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live)) {
                for (int label : live) {
                    labels().head(label);
                }
            }
        }
    }

    /**
     * Says that products of two inputs are added up along an axis of each. One of the two must be constant: zeros there do what
     * removing does. Otherwise the axes are blocked.
     */
    void contract(int data, int dataAxis, int weight, int weightAxis) {
        contract(data, dataAxis, input(data).get(dataAxis), weight, weightAxis, 1);
    }

    /** Contracts with weights that serve each of {@code groups} parts of the data's axis; {@code channels} are those of one part. */
    void contract(int data, int dataAxis, Axis channels, int weight, int weightAxis, int groups) {
        var weights = input(weight).get(weightAxis);
        same(channels, weights);
        if (isConstant(weight)) {
            coupler.read(new Read(node, data, dataAxis, weight, weightAxis, weights, groups));
        } else if (isConstant(data)) {
            coupler.read(new Read(
                    node, weight, weightAxis, data, dataAxis, input(data).get(dataAxis), groups));
        } else {
            block(
                    channels,
                    "is multiplied with another activation and added up, so that no weight can stand for it, in");
            block(
                    weights,
                    "is multiplied with another activation and added up, so that no weight can stand for it, in");
        }
    }

    /** Makes {@code size} new indices that may go. */
    Axis fresh(long size) {
        return size <= 1 ? fixed(size, "is the only one in") : Axis.live(labels().fresh(size));
    }

    /** Makes {@code size} new indices of an axis of output 0, which counts as a stored constant. */
    Axis placeholder(long size, int axis) {
        return size <= 1 ? fixed(size, "is the only one in") : coupler.placeholder(node.output(0), size, axis);
    }

    /** Says that a weight's axis is added up over values that the graph does not show. */
    void unitsRead(int weight, int axis) {
        coupler.read(new ReadPlace(node, weight, axis, input(weight).get(axis)));
    }

    Axis fixed(long size, String text) {
        return Coupler.opaque(Dim.of(size), reason(text));
    }

    /** Returns an axis of a size that the model declares or that could be inferred, and of which all must stay. */
    Axis opaque(Dim dim, String text) {
        return Coupler.opaque(dim, reason(text));
    }

    /** Says how parameters of this node follow a cut. */
    void onCut(Rewrite rewrite) {
        coupler.onCut(node, rewrite);
    }
}
