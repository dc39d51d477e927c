package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.TensorArena;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a model over the same batches in many passes, each of which sees deeper values than the one before. What has run does not run
 * again: a pass keeps the values that the rest of the model reads, and the next one begins with them. Where they would take too much
 * memory, it begins where the last one that could keep them did. So looking at all layers one after the other takes about as long as one
 * run, and not as many runs as there are layers.
 */
final class StepwiseRun implements AutoCloseable {

    private final int threads;
    private final long most;
    private Kept kept = Kept.nothing();
    private @Nullable Shapes types; // the same in every pass

    /**
     * What a pass leaves to the next.
     *
     * @param done outputs of the nodes that need not run again
     * @param values what other nodes read of them, batch by batch
     */
    private record Kept(Set<String> done, List<Map<String, HostTensor>> values, TensorArena memory) {

        static Kept nothing() {
            return new Kept(Set.of(), List.of(), new TensorArena());
        }

        Map<String, HostTensor> of(int batch) {
            return values.isEmpty() ? Map.of() : values.get(batch);
        }
    }

    StepwiseRun(int threads) {
        this(threads, Math.min(512L << 20, Runtime.getRuntime().maxMemory() / 16));
    }

    /** @param most the bytes that may be kept */
    StepwiseRun(int threads, long most) {
        this.threads = threads;
        this.most = most;
    }

    /**
     * Begins a pass.
     *
     * @param model of the same nodes every time; constants that only nodes behind the earlier passes read may have changed
     * @param settled values that are final: what computes them need not run again
     * @param wanted what the pass is to see
     */
    Pass begin(Model model, Collection<String> settled, Collection<String> wanted) {
        if (wanted.stream()
                .anyMatch(value -> kept.done().contains(value) && !kept.of(0).containsKey(value))) {
            keep(Kept.nothing());
        }
        var graph = model.graph();
        var ahead = ancestors(graph, settled);
        ahead.addAll(kept.done());
        var border = border(graph, ahead);
        var fetched = new HashSet<String>(wanted);
        boolean keeps = canBeFed(model, border);
        if (keeps) {
            fetched.addAll(border);
        }
        fetched.removeAll(kept.of(0).keySet());
        graph.inputs().forEach(input -> fetched.remove(input.name()));
        var rest = model.withGraph(withoutDone(graph));
        var tapped = fetched.isEmpty()
                ? null
                : Tapped.open(rest, fetched.stream().sorted().toList(), threads);
        return new Pass(tapped, ahead, border, keeps);
    }

    private void keep(Kept next) {
        kept.memory().close();
        kept = next;
    }

    @Override
    public void close() {
        kept.memory().close();
    }

    /** Returns the outputs of the nodes that the values depend on, but for what constants alone decide. */
    private static Set<String> ancestors(Graph graph, Collection<String> values) {
        var resolver = WeightResolver.of(graph);
        var needed = new HashSet<>(values);
        var found = new HashSet<String>();
        for (var node : graph.nodes().reversed()) {
            if (isOf(node, needed)) {
                needed.addAll(node.uses());
                found.addAll(node.outputs());
            }
        }
        found.removeIf(value -> value.isEmpty() || !(resolver.resolve(value) instanceof Resolution.NotConstant));
        return found;
    }

    /** Returns those of the values that the other nodes read. */
    private static Set<String> border(Graph graph, Set<String> ahead) {
        var border = new HashSet<String>();
        for (var node : graph.nodes()) {
            if (!isOf(node, ahead)) {
                border.addAll(node.uses());
            }
        }
        border.retainAll(ahead);
        return border;
    }

    private static boolean isOf(Node node, Set<String> values) {
        return node.outputs().stream().anyMatch(values::contains);
    }

    private boolean canBeFed(Model model, Set<String> values) {
        var known = types == null ? ShapeInference.infer(model) : types;
        types = known;
        return values.stream()
                .allMatch(value -> known.type(value).filter(OrtModel::canBeFed).isPresent());
    }

    private Graph withoutDone(Graph graph) {
        var inputs = new ArrayList<>(graph.inputs());
        kept.of(0)
                .forEach((name, tensor) ->
                        inputs.add(declared(name, tensor.type(), tensor.dims().size())));
        return graph.withNodes(graph.nodes().stream()
                        .filter(node -> !isOf(node, kept.done()))
                        .toList())
                .withInputs(inputs);
    }

    private static ValueInfo declared(String name, DType type, int rank) {
        return ValueInfo.of(name, type, new Shape(Collections.nCopies(rank, Dim.unknown())));
    }

    /** One time through the batches, all of them and in the same order every time; its values hold until it is closed. */
    final class Pass implements AutoCloseable {

        private final @Nullable Tapped tapped;
        private final Set<String> border;
        private final Kept next;
        private boolean keeps;
        private long bytes;
        private int batches;

        private Pass(@Nullable Tapped tapped, Set<String> ahead, Set<String> border, boolean keeps) {
            this.tapped = tapped;
            this.border = border;
            this.next = new Kept(ahead, new ArrayList<>(), new TensorArena());
            this.keeps = keeps;
        }

        /** Returns the values for the next batch, and others. */
        Map<String, HostTensor> run(Batch batch) {
            var values = new HashMap<>(batch.inputs());
            values.putAll(kept.of(batches));
            batches++;
            if (tapped != null) {
                values.putAll(tapped.run(values));
            }
            keeps &= values.keySet().containsAll(border);
            if (keeps) {
                keepBorder(new HashMap<>(values));
            }
            return values;
        }

        private void keepBorder(Map<String, HostTensor> values) {
            values.keySet().retainAll(border);
            bytes += values.values().stream()
                    .mapToLong(tensor -> tensor.buffer().capacity())
                    .sum();
            keeps = bytes <= most;
            if (keeps) {
                values.replaceAll((_, tensor) -> copy(tensor));
                next.values().add(values);
            }
        }

        private HostTensor copy(HostTensor tensor) {
            var copy = next.memory().allocate(tensor.type(), tensor.sizes());
            copy.buffer().put(tensor.buffer());
            return copy;
        }

        @Override
        public void close() {
            if (tapped != null) {
                tapped.close();
            }
            if (keeps && !next.values().isEmpty()) {
                keep(next);
            } else {
                next.memory().close();
            }
        }
    }
}
