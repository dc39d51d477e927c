package dev.coppice.prune.group;

import dev.coppice.ir.DType;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.Trait;
import dev.coppice.ir.eval.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Where a mask writes its zeros. A weight that operators only move is masked where it is stored. One that they compute is multiplied by zeros
 * and ones before it is read: of a stored zero, Sigmoid makes a half, and a division nothing at all.
 */
final class ReadWeights {

    private final Coupler coupler;
    private final Set<String> moved;
    private final Set<Origin> stored = new HashSet<>();
    private final IdentityHashMap<Node, List<ReadPlace>> computed = new IdentityHashMap<>();

    ReadWeights(Coupler coupler) {
        this.coupler = coupler;
        this.moved = new HashSet<>(coupler.constants().keySet());
        coupler.model().graph().nodes().forEach(this::follow);
        for (var place : coupler.places()) {
            if (moved.contains(place.node().input(place.operand()))) {
                stored.addAll(place.axis().origins());
            } else {
                computed.computeIfAbsent(place.node(), _ -> new ArrayList<>()).add(place);
            }
        }
    }

    private void follow(Node node) {
        int operands = node.is("Concat") ? node.inputs().size() : 1;
        if ((node.has(Trait.MOVES) || node.is("Gather"))
                && node.inputs().stream().limit(operands).allMatch(moved::contains)) {
            moved.addAll(node.outputs());
        }
    }

    /** Says whether zeros along this axis of a stored constant are zeros of the weight that is read. */
    boolean isStored(Origin origin) {
        return stored.contains(origin);
    }

    /** A node that multiplies a computed weight, with its constant. */
    record Masking(int operand, Node node, Tensor mask) {}

    /** Returns the multiplications that a node's computed weights need; {@code names} makes names that the graph does not have yet. */
    List<Masking> maskings(Node node, BitSet removed, UnaryOperator<String> names) {
        var maskings = new ArrayList<Masking>();
        for (var place : computed.getOrDefault(node, List.of())) {
            var gone = Sizes.removed(coupler.labels(), place.axis(), removed);
            if (!gone.isEmpty()) {
                maskings.add(masking(place, gone, names));
            }
        }
        return maskings;
    }

    private Masking masking(ReadPlace place, BitSet gone, UnaryOperator<String> names) {
        var value = place.node().input(place.operand());
        int rank = Objects.requireNonNull(coupler.axes(place.node(), place.operand()))
                .size();
        var ones = new double[place.axis().length()];
        Arrays.fill(ones, 1);
        gone.stream().forEach(i -> ones[i] = 0);
        var dims = new ArrayList<>(Collections.nCopies(rank, 1L));
        dims.set(place.at(), (long) ones.length);
        var type = coupler.shapes().type(value).orElse(DType.FLOAT);
        var mask = Tensors.ofDoubles(type, dims, ones).withName(names.apply(value + ".mask"));
        var masked = names.apply(value + ".masked");
        return new Masking(place.operand(), Node.of(masked, "Mul", List.of(value, mask.name()), List.of(masked)), mask);
    }
}
