package dev.coppice.prune.group;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.shape.Term;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** One node while it is being fitted to a cut. */
final class Rewriting {

    private final Node node;
    private final Coupler coupler;
    private final BitSet removed;
    private final Map<String, Node> producers;
    private final UnaryOperator<String> names;
    private final List<String> inputs;
    private final List<Tensor> constants = new ArrayList<>();
    private final Map<Integer, long[]> numbers = new TreeMap<>();
    private final Map<Integer, Map<Integer, Long>> elements = new TreeMap<>();
    private final Map<Integer, long[]> taken = new TreeMap<>();
    private final List<Integer> places = new ArrayList<>();
    private Node rewritten;

    /**
     * Begins with a node.
     *
     * @param producers the nodes of the graph by their outputs
     * @param names makes a name that the graph does not have yet
     */
    Rewriting(Node node, Coupler coupler, BitSet removed, Map<String, Node> producers, UnaryOperator<String> names) {
        this.node = node;
        this.coupler = coupler;
        this.removed = removed;
        this.producers = producers;
        this.names = names;
        this.rewritten = node;
        this.inputs = new ArrayList<>(node.inputs());
    }

    /** Says whether indices of an axis go. */
    boolean changed(Axis axis) {
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live)
                    && Sizes.kept(coupler.labels(), live, removed) != live.length) {
                return true;
            }
        }
        return false;
    }

    /** Says whether element {@code at} of an input is known to be a number though others are not. */
    boolean holds(int input, int at, long number) {
        var terms = coupler.shapes().of(node.input(input)).terms();
        return terms != null && at < terms.size() && terms.get(at).equals(Term.of(number));
    }

    /** Says whether an element of an input is a number, or nothing is known of the input. */
    boolean mayHold(int input, long number) {
        var terms = coupler.shapes().of(node.input(input)).terms();
        return terms == null || terms.contains(Term.of(number));
    }

    /**
     * Says whether element {@code at} of an input is the size of an axis of the node's first operand, read while the model runs, so that
     * it is right after the cut, too.
     *
     * @param axis of unknown size
     * @param axes those of the first operand
     */
    boolean follows(int input, int at, Axis axis, List<Axis> axes) {
        var terms = coupler.shapes().of(node.input(input)).terms();
        var shape = coupler.shapes().shape(node.input(0));
        if (terms == null || at >= terms.size() || shape.isEmpty() || !(terms.get(at) instanceof Term.Size(var dim))) {
            return false;
        }
        boolean read = coupler.sizes(node.input(input)).stream()
                .filter(size -> !size.isStatic() && changed(size))
                .allMatch(size -> size.factors().equals(axis.factors()));
        return read
                && IntStream.range(0, axes.size())
                        .anyMatch(i -> axes.get(i).factors().equals(axis.factors())
                                && shape.get().dim(i).equals(dim));
    }

    /** Says whether an input is computed, while the model runs, of sizes that change. */
    boolean moved(int input) {
        return coupler.sizes(node.input(input)).stream().anyMatch(this::changed);
    }

    /** Refuses a cut that changes numbers of an input of which nothing else is known. */
    void requireUnmoved(int input) {
        if (moved(input)) {
            fail("its operand " + input + " is computed of a size that changes");
        }
    }

    /** Gives number {@code at} of an input the size of an axis, where that changes or what it is computed of does. */
    void size(int input, int at, Axis axis) {
        if (axis.isStatic() && (changed(axis) || moved(input))) {
            element(input, at, kept(axis));
        }
    }

    /** Returns how many indices of an axis of known size are left. */
    int kept(Axis axis) {
        return axis.factors().getFirst() instanceof Factor.Live(int[] live)
                ? Sizes.kept(coupler.labels(), live, removed)
                : axis.length();
    }

    /** Returns for each index of an axis its new number; -1 for one that goes. */
    int[] positions(Axis axis) {
        var live = ((Factor.Live) axis.factors().getFirst()).labels();
        var positions = new int[live.length];
        int next = 0;
        for (int i = 0; i < live.length; i++) {
            positions[i] = Sizes.isRemoved(coupler.labels(), live[i], removed) ? -1 : next++;
        }
        return positions;
    }

    void attribute(String name, long value) {
        rewritten = rewritten.withAttribute(Attribute.of(name, value));
    }

    void attribute(String name, List<Long> values) {
        rewritten = rewritten.withAttribute(Attribute.of(name, values));
    }

    /** Drops an attribute. */
    void without(String name) {
        rewritten = rewritten.withoutAttributes(name);
    }

    /** Gives an input new numbers, a vector. */
    void input(int i, long... values) {
        numbers(i, values, false);
    }

    void numbers(int i, long[] values, boolean scalar) {
        numbers.put(i, values);
        numbers(i, scalar ? List.of() : List.of((long) values.length), values);
    }

    /** Gives an input a new tensor of numbers. */
    void numbers(int i, List<Long> dims, long[] values) {
        var type = coupler.shapes().type(node.input(i)).orElse(DType.INT64);
        put(i, Tensors.ofLongs(type, dims, values));
    }

    /** Takes out of a constant input what its axes lose, where they lose anything. */
    void select(int i, List<Axis> axes) {
        var gone = axes.stream()
                .map(axis -> Sizes.removed(coupler.labels(), axis, removed))
                .toList();
        if (!gone.stream().allMatch(BitSet::isEmpty)) {
            coupler.shapes().constant(node.input(i)).ifPresent(tensor -> put(i, Parts.without(tensor, gone)));
        }
    }

    /** Gives an input the value that it had before the cut. */
    void freeze(int i, Tensor value) {
        put(i, value);
    }

    private void put(int i, Tensor tensor) {
        var name = names.apply(node.output(0) + ".operand" + i);
        constants.removeIf(constant -> i < inputs.size() && constant.name().equals(inputs.get(i)));
        constants.add(tensor.withName(name));
        while (inputs.size() <= i) {
            inputs.add("");
        }
        inputs.set(i, name);
    }

    /** Changes one number of an attribute or, where the node has none of that name, of input {@code i}. */
    void element(String attribute, int i, int at, long value) {
        var given = rewritten.intsAttribute(attribute);
        if (given.isPresent()) {
            var values = new ArrayList<>(given.get());
            values.set(at, value);
            attribute(attribute, values);
        } else {
            element(i, at, value);
        }
    }

    /** Changes one number of input {@code i}; the others may be computed while the model runs. */
    void element(int i, int at, long value) {
        var known = numbers.containsKey(i)
                ? java.util.Optional.of(numbers.get(i))
                : coupler.shapes().constant(node.input(i)).map(Elements::longs);
        if (known.isPresent()) {
            var values = known.get().clone();
            values[at] = value;
            input(i, values);
        } else {
            elements.computeIfAbsent(i, _ -> new TreeMap<>()).put(at, value);
        }
    }

    /**
     * Makes a Slice take these indices of an axis by a Gather: in its place where it cuts along no other axis, else behind it.
     *
     * @param place which of the Slice's axes it is
     */
    void gather(int place, int axis, long[] indices) {
        taken.put(axis, indices);
        places.add(place);
    }

    /** Says whether a Slice cuts along axes whose indices no Gather takes; those that one takes it then leaves whole. */
    private boolean slices() {
        var bounds = coupler.shapes().constant(node.input(1));
        if (taken.isEmpty() || bounds.isEmpty() || bounds.get().size() == places.size()) {
            return false;
        }
        for (int place : places) {
            element(1, place, 0);
            element(2, place, Integer.MAX_VALUE);
            element(4, place, 1);
        }
        return true;
    }

    private List<Node> gathered(boolean slices) {
        var nodes = new ArrayList<Node>();
        var value = inputs.getFirst();
        if (slices) {
            value = names.apply(node.output(0) + ".sliced");
            nodes.add(node.withInputs(inputs).withOutputs(List.of(value)));
        }
        int left = taken.size();
        for (var entry : taken.entrySet()) {
            left--;
            var out = left == 0 ? node.output(0) : names.apply(node.output(0) + ".taken");
            var index = Tensors.ofLongs(names.apply(node.output(0) + ".indices"), entry.getValue());
            constants.add(index);
            var name = nodes.isEmpty() ? node.name() : "";
            nodes.add(new Node(
                    name,
                    "Gather",
                    "",
                    List.of(value, index.name()),
                    List.of(out),
                    List.of(Attribute.of("axis", entry.getKey().longValue())),
                    nodes.isEmpty() ? node.carried() : Carried.NOTHING));
            value = out;
        }
        return nodes;
    }

    void fail(String text) {
        throw new CutException("node '%s' (%s) cannot follow the cut: %s".formatted(node.label(), node.opType(), text));
    }

    /** Replaces an input by another value. */
    void rename(int i, String value) {
        inputs.set(i, value);
    }

    /** Replaces a weight by its masked version. */
    void mask(ReadWeights.Masking masking) {
        constants.add(masking.mask());
        rename(masking.operand(), masking.node().output(0));
    }

    List<Tensor> constants() {
        return constants;
    }

    /** Returns the nodes that take this one's place. */
    List<Node> nodes() {
        var nodes = new ArrayList<Node>();
        boolean slices = slices();
        elements.forEach((i, changes) -> nodes.addAll(patched(i, changes)));
        nodes.addAll(taken.isEmpty() ? List.of(rewritten.withInputs(inputs)) : gathered(slices));
        return nodes;
    }

    /**
     * Puts together a vector of which some numbers change: Concat of constants and of what the old vector was joined of, number by number,
     * or of what Gather takes of it. The first form is the one that runtimes know and fold away.
     */
    private List<Node> patched(int i, Map<Integer, Long> changes) {
        long length = coupler.shapes()
                .shape(node.input(i))
                .map(shape -> shape.elements().orElse(0))
                .orElse(0L);
        if (length == 0) {
            fail("the length of its operand " + i + " is not known");
        }
        var nodes = new ArrayList<Node>();
        var parts = new ArrayList<String>();
        var joined = joined(i, length);
        for (int at = 0; at < length; at++) {
            var change = changes.get(at);
            if (change != null) {
                var number = Tensors.ofLongs(names.apply(node.output(0) + ".size" + at), change);
                constants.add(number);
                parts.add(number.name());
            } else if (!joined.isEmpty()) {
                parts.add(joined.get(at));
            } else {
                var index = Tensors.ofLongs(names.apply(node.output(0) + ".index" + at), at);
                constants.add(index);
                var part = names.apply(node.output(0) + ".part" + at);
                nodes.add(Node.of(part, "Gather", List.of(node.input(i), index.name()), List.of(part)));
                parts.add(part);
            }
        }
        var whole = names.apply(node.output(0) + ".sizes" + i);
        nodes.add(Node.of(whole, "Concat", parts, List.of(whole), Attribute.of("axis", 0L)));
        inputs.set(i, whole);
        return nodes;
    }

    /** Returns the values that a Concat joins to an input, one for each of its numbers; empty where it is not made so. */
    private List<String> joined(int i, long length) {
        var producer = producers.get(node.input(i));
        return producer != null
                        && producer.is("Concat")
                        && producer.inputs().size() == length
                        && producer.inputs().stream().allMatch(this::isSingle)
                ? producer.inputs()
                : List.of();
    }

    private boolean isSingle(String value) {
        return coupler.shapes()
                .shape(value)
                .map(shape -> shape.rank() == 1 && shape.dim(0).is(1))
                .orElse(false);
    }
}
