package dev.coppice.prune.group;

import dev.coppice.ir.Node;
import dev.coppice.ir.shape.EinsumTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/** How much of axes a removal leaves. */
final class Sizes {

    private final Coupler coupler;
    private final List<int[]> distinct;

    Sizes(Coupler coupler) {
        this.coupler = coupler;
        Set<int[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        this.distinct = new ArrayList<>();
        for (var axes : coupler.values().values()) {
            for (var axis : axes) {
                for (var factor : axis.factors()) {
                    if (factor instanceof Factor.Live(int[] live) && arrays.add(live)) {
                        distinct.add(live);
                    }
                }
            }
        }
    }

    /** Returns how many of some labels are left. */
    static int kept(Labels labels, int[] live, BitSet removed) {
        int kept = 0;
        for (int label : live) {
            kept += isRemoved(labels, label, removed) ? 0 : 1;
        }
        return kept;
    }

    /** Returns the indices that an axis of known size loses. */
    static BitSet removed(Labels labels, Axis axis, BitSet removed) {
        var gone = new BitSet();
        if (axis.factors().getFirst() instanceof Factor.Live(int[] live)) {
            for (int i = 0; i < live.length; i++) {
                if (isRemoved(labels, live[i], removed)) {
                    gone.set(i);
                }
            }
        }
        return gone;
    }

    /** Says whether an axis loses indices. */
    static boolean isShortened(Labels labels, Axis axis, BitSet removed) {
        return axis.factors().stream()
                .anyMatch(factor ->
                        factor instanceof Factor.Live(int[] live) && kept(labels, live, removed) != live.length);
    }

    static boolean isRemoved(Labels labels, int label, BitSet removed) {
        if (!labels.isPair(label)) {
            return removed.get(labels.find(label));
        }
        for (int leaf : labels.leaves(label)) {
            if (removed.get(leaf)) {
                return true;
            }
        }
        return false;
    }

    private double share(Axis axis, BitSet removed) {
        double share = 1;
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live) && live.length > 0) {
                share *= (double) kept(coupler.labels(), live, removed) / live.length;
            }
        }
        return share;
    }

    double macShare(Node node, BitSet removed) {
        return switch (node.opType()) {
            case "LSTM", "GRU", "RNN" -> {
                var weights = coupler.values().get(node.input(1));
                yield weights == null ? 1 : share(weights.get(1), removed) * share(weights.getLast(), removed);
            }
            case "Einsum" -> einsumShare(node, removed);
            case "Attention", "MultiHeadAttention", "GroupQueryAttention" -> attentionShare(node, removed);
            default -> productShare(node, removed);
        };
    }

    private double productShare(Node node, BitSet removed) {
        double share = share(coupler.values().getOrDefault(node.output(0), List.of()), removed);
        var left = coupler.axes(node, 0);
        var right = coupler.axes(node, 1);
        if (left == null || right == null) {
            return share;
        }
        return switch (node.opType()) {
            case "Conv", "FusedConv", "DeformConv" -> share * share(right.get(1), removed);
            case "ConvTranspose" -> share * share(right.getFirst(), removed);
            case "MatMul" -> share * share(left.getLast(), removed);
            case "FusedMatMul" -> {
                int reduced = node.intAttribute("transA", 0) != 0 && left.size() > 1 ? 2 : 1;
                yield share * share(left.get(left.size() - reduced), removed);
            }
            case "Gemm", "FusedGemm" -> share * share(left.get(node.intAttribute("transA", 0) == 0 ? 1 : 0), removed);
            default -> share;
        };
    }

    private double share(List<Axis> axes, BitSet removed) {
        double share = 1;
        for (var axis : axes) {
            share *= share(axis, removed);
        }
        return share;
    }

    /** Every index of the equation counts once. */
    private double einsumShare(Node node, BitSet removed) {
        var operands = new ArrayList<List<Axis>>();
        for (int i = 0; i < node.inputs().size(); i++) {
            var axes = coupler.axes(node, i);
            if (axes == null) {
                return 1;
            }
            operands.add(axes);
        }
        var ranks = operands.stream().map(List::size).toList();
        var equation = EinsumTerms.of(node.stringAttribute("equation", ""), ranks);
        if (equation.isEmpty()) {
            return 1;
        }
        var shares = new HashMap<Character, Double>();
        for (int i = 0; i < operands.size(); i++) {
            var letters = equation.get().operands().get(i);
            for (int at = 0; at < letters.length(); at++) {
                shares.merge(letters.charAt(at), share(operands.get(i).get(at), removed), Math::min);
            }
        }
        return shares.values().stream().reduce(1.0, (a, b) -> a * b);
    }

    /** Queries meet keys and scores meet values; where one weight makes all three, its columns stand for all. */
    private double attentionShare(Node node, BitSet removed) {
        var query = coupler.axes(node, 0);
        var output = coupler.values().get(node.output(0));
        if (query == null || output == null) {
            return 1;
        }
        var packed = node.isStandard() || !node.opType().equals("Attention") ? null : coupler.axes(node, 1);
        if (packed != null) {
            return share(query.getLast(), removed) * share(packed.getLast(), removed);
        }
        return (share(query, removed) + share(output, removed)) / 2;
    }

    OptionalInt rank(String value) {
        var axes = coupler.values().get(value);
        return axes == null ? OptionalInt.empty() : OptionalInt.of(axes.size());
    }

    Optional<int[]> left(String value, int axis, BitSet removed) {
        var axes = coupler.values().get(value);
        if (axes == null
                || axis >= axes.size()
                || !(axes.get(axis).factors().getFirst() instanceof Factor.Live(int[] live))
                || axes.get(axis).factors().size() > 1) {
            return Optional.empty();
        }
        return Optional.of(IntStream.range(0, live.length)
                .filter(i -> !isRemoved(coupler.labels(), live[i], removed))
                .toArray());
    }

    /** Returns the indices left of each axis of a value that loses some; empty when there is one of which they are not known. */
    Optional<Map<Integer, List<Integer>>> left(String value, BitSet removed) {
        var axes = coupler.values().getOrDefault(value, List.of());
        var left = new HashMap<Integer, List<Integer>>();
        for (int axis = 0; axis < axes.size(); axis++) {
            if (isShortened(coupler.labels(), axes.get(axis), removed)) {
                var indices = left(value, axis, removed);
                if (indices.isEmpty()) {
                    return Optional.empty();
                }
                left.put(axis, Arrays.stream(indices.get()).boxed().toList());
            }
        }
        return Optional.of(left);
    }

    /** Returns how many elements of matrices are left. */
    long matrixSize(BitSet removed) {
        long total = 0;
        for (var tensor : coupler.constants().values()) {
            if (!tensor.type().prunable()
                    || tensor.dims().stream().filter(dim -> dim > 1).count() < 2) {
                continue;
            }
            long left = 1;
            for (int i = 0; i < tensor.dims().size(); i++) {
                var axis = coupler.origins().get(new Origin(tensor.name(), 0, i));
                left *= axis != null && axis.factors().getFirst() instanceof Factor.Live(int[] live)
                        ? kept(coupler.labels(), live, removed)
                        : tensor.dims().get(i);
            }
            total += left;
        }
        return total;
    }

    /** Returns the groups that run along an axis of which nothing is left. */
    List<Group> emptied(List<Group> groups, BitSet removed) {
        var emptied = new ArrayList<Group>();
        for (var live : distinct) {
            if (live.length > 0 && kept(coupler.labels(), live, removed) == 0) {
                var all = new BitSet();
                for (int label : live) {
                    for (int leaf : coupler.labels().leaves(label)) {
                        all.set(leaf);
                    }
                }
                for (var group : groups) {
                    for (int label : group.labels()) {
                        if (all.get(label) && !emptied.contains(group)) {
                            emptied.add(group);
                        }
                    }
                }
            }
        }
        return emptied;
    }
}
