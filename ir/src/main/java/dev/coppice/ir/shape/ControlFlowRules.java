package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Operators with bodies: types and shapes of their outputs are those that the bodies make, where every branch makes the same, and where a
 * state that goes round is of one shape for as long as it does.
 */
final class ControlFlowRules {

    private static final Set<String> OPERATORS = Set.of("If", "Loop", "Scan");

    /** States lose what is not the same after a round; this often is enough for all but made-up bodies. */
    private static final int MOST_ROUNDS = 8;

    private final NodeContext in;
    private final Bodies bodies;

    /** Infers what a body puts out. */
    @FunctionalInterface
    interface Bodies {

        /** Returns what is known of the outputs of a body with these inputs; {@link Typed#UNKNOWN} of each where it cannot be entered. */
        List<Typed> outputs(Graph body, List<Typed> inputs);
    }

    private ControlFlowRules(NodeContext in, Bodies bodies) {
        this.in = in;
        this.bodies = bodies;
    }

    static boolean covers(NodeContext in) {
        return in.node().isStandard()
                && OPERATORS.contains(in.node().opType())
                && !in.node().bodies().isEmpty();
    }

    /** Returns what is known of the outputs of If, Loop or Scan. */
    static List<Typed> infer(NodeContext in, Bodies bodies) {
        var rules = new ControlFlowRules(in, bodies);
        return switch (in.node().opType()) {
            case "If" -> rules.branches();
            case "Loop" -> rules.loop(in.node().bodies().getFirst());
            default ->
                in.opset() < 9 ? List.of() : rules.scan(in.node().bodies().getFirst());
        };
    }

    private List<Typed> branches() {
        var outputs = new ArrayList<Typed>();
        for (var body : in.node().bodies()) {
            var own = bodies.outputs(body, List.of());
            for (int i = 0; i < in.node().outputs().size(); i++) {
                var one = i < own.size() ? own.get(i) : Typed.UNKNOWN;
                if (i < outputs.size()) {
                    outputs.set(i, common(outputs.get(i), one));
                } else {
                    outputs.add(plain(one));
                }
            }
        }
        return outputs.stream().map(ControlFlowRules::outside).toList();
    }

    /** Trip count, condition, states; the body has a counter and a condition before its states, and puts out a condition first. */
    private List<Typed> loop(Graph body) {
        var given = List.of(Typed.of(DType.INT64, Typed.SCALAR), Typed.of(DType.BOOL, Typed.SCALAR));
        int states = Math.max(0, in.node().inputs().size() - 2);
        var turned = turn(body, states(2, states), given, List.of(), 1);
        var outputs = new ArrayList<>(turned.states());
        for (var each : turned.others()) {
            outputs.add(stacked(each, 0, Dim.unknown()));
        }
        return outputs.stream().map(ControlFlowRules::outside).toList();
    }

    /** States, then inputs that are taken apart along an axis each; outputs are put together along one. */
    private List<Typed> scan(Graph body) {
        int sliced = Math.clamp(
                in.integer("num_scan_inputs", 0), 0, in.node().inputs().size());
        int states = in.node().inputs().size() - sliced;
        var parts = new ArrayList<Typed>();
        var steps = Dim.unknown();
        for (int i = 0; i < sliced; i++) {
            var shape = in.shape(states + i);
            if (shape == null || shape.rank() == 0) {
                parts.add(Typed.of(in.type(states + i), (Shape) null));
                continue;
            }
            int axis = in.axis(axis("scan_input_axes", i), shape.rank());
            var dims = new ArrayList<>(shape.dims());
            steps = Dims.either(steps, dims.remove(axis));
            parts.add(Typed.of(in.type(states + i), dims));
        }
        var turned = turn(body, states(0, states), List.of(), parts, 0);
        var outputs = new ArrayList<>(turned.states());
        for (int i = 0; i < turned.others().size(); i++) {
            outputs.add(stacked(turned.others().get(i), axis("scan_output_axes", i), steps));
        }
        return outputs.stream().map(ControlFlowRules::outside).toList();
    }

    private long axis(String attribute, int i) {
        var axes = in.ints(attribute);
        return axes == null || i >= axes.size() ? 0 : axes.get(i);
    }

    private List<Typed> states(int from, int count) {
        var states = new ArrayList<Typed>();
        for (int i = 0; i < count; i++) {
            states.add(plain(in.input(from + i)));
        }
        return states;
    }

    /** What a body puts out when its states go round, without the {@code leading} outputs. */
    private record Turned(List<Typed> states, List<Typed> others) {}

    private Turned turn(Graph body, List<Typed> first, List<Typed> before, List<Typed> after, int leading) {
        var states = first;
        for (int round = 0; ; round++) {
            var inputs = new ArrayList<>(before);
            inputs.addAll(states);
            inputs.addAll(after);
            var outputs = bodies.outputs(body, inputs);
            var next = new ArrayList<Typed>();
            for (int i = 0; i < states.size(); i++) {
                int at = leading + i;
                var made = at < outputs.size() && round < MOST_ROUNDS ? outputs.get(at) : Typed.UNKNOWN;
                next.add(common(states.get(i), made));
            }
            if (next.equals(states)) {
                int from = Math.min(outputs.size(), leading + states.size());
                return new Turned(states, outputs.subList(from, outputs.size()));
            }
            states = next;
        }
    }

    private static Typed plain(Typed value) {
        return Typed.of(value.type(), value.shape());
    }

    /** Returns what holds for two values. */
    private static Typed common(Typed a, Typed b) {
        var type = a.type() == b.type() ? a.type() : null;
        return Typed.of(type, common(a.shape(), b.shape()));
    }

    private static @Nullable Shape common(@Nullable Shape a, @Nullable Shape b) {
        if (a == null || b == null || a.rank() != b.rank()) {
            return null;
        }
        var dims = new ArrayList<Dim>();
        for (int i = 0; i < a.rank(); i++) {
            dims.add(a.dim(i).equals(b.dim(i)) ? a.dim(i) : Dim.unknown());
        }
        return new Shape(dims);
    }

    private static Typed stacked(Typed each, long axis, Dim steps) {
        var shape = each.shape();
        int rank = shape == null ? 0 : shape.rank() + 1;
        if (shape == null || axis < -rank || axis >= rank) {
            return Typed.of(each.type(), (Shape) null);
        }
        var dims = new ArrayList<>(shape.dims());
        dims.add((int) (axis < 0 ? axis + rank : axis), steps);
        return Typed.of(each.type(), dims);
    }

    /** Sizes that are unknown inside of a body may be others in each round, or in each branch. */
    private static Typed outside(Typed value) {
        var shape = value.shape();
        return shape == null
                ? Typed.of(value.type(), (Shape) null)
                : Typed.of(
                        value.type(),
                        shape.dims().stream()
                                .map(dim -> dim instanceof Dim.Unknown ? Dim.unknown() : dim)
                                .toList());
    }

    /** Returns what a body declares of an output: its type and rank, for sizes may depend on the data. */
    static Typed declared(ValueInfo output) {
        var shape = output.shape();
        return shape == null
                ? Typed.of(output.type(), (Shape) null)
                : Typed.of(output.type(), Collections.nCopies(shape.rank(), Dim.unknown()));
    }
}
