package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.rules.UseCounts;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** Outputs of the nodes that need not run again. */
    private Set<String> done = Set.of();

    /** What other nodes read of them, batch by batch. */
    private List<Map<String, HostTensor>> kept = List.of();

    /** Where that is: the collector would let many gigabytes outside the heap pile up before it looks at them. */
    private @Nullable Arena memory;

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
        if (wanted.stream().anyMatch(value -> done.contains(value) && !given().contains(value))) {
            close();
        }
        var graph = model.graph();
        var ahead = ancestors(graph, settled);
        ahead.addAll(done);
        var border = border(graph, ahead);
        var fetched = new HashSet<String>(wanted);
        boolean keeps = canBeFed(model, border);
        if (keeps) {
            fetched.addAll(border);
        }
        fetched.removeAll(given());
        graph.inputs().forEach(input -> fetched.remove(input.name()));
        var rest = model.withGraph(withoutDone(graph));
        var tapped = fetched.isEmpty()
                ? null
                : Tapped.open(rest, fetched.stream().sorted().toList(), threads);
        return new Pass(tapped, ahead, border, keeps);
    }

    private void keepOnly(@Nullable Arena newMemory, Set<String> newDone, List<Map<String, HostTensor>> newKept) {
        if (memory != null) {
            memory.close();
        }
        memory = newMemory;
        done = newDone;
        kept = List.copyOf(newKept);
    }

    /** Forgets all values, so that the next pass begins with the inputs. */
    @Override
    public void close() {
        keepOnly(null, Set.of(), List.of());
    }

    private Set<String> given() {
        return kept.isEmpty() ? Set.of() : kept.getFirst().keySet();
    }

    /** Returns the outputs of the nodes that the values depend on, but for what constants alone decide. */
    private static Set<String> ancestors(Graph graph, Collection<String> values) {
        var constants = new HashSet<String>();
        graph.initializers().stream().map(Tensor::name).forEach(constants::add);
        graph.sparseInitializers().forEach(sparse -> constants.add(sparse.name()));
        constants.add("");
        for (var node : graph.nodes()) {
            if (constants.containsAll(UseCounts.usedBy(node))) {
                constants.addAll(node.outputs());
            }
        }
        var needed = new HashSet<>(values);
        var found = new HashSet<String>();
        for (var node : graph.nodes().reversed()) {
            if (node.outputs().stream().anyMatch(needed::contains)) {
                needed.addAll(UseCounts.usedBy(node));
                found.addAll(node.outputs());
            }
        }
        found.removeAll(constants);
        return found;
    }

    /** Returns those of the values that the other nodes read. */
    private static Set<String> border(Graph graph, Set<String> ahead) {
        var border = new HashSet<String>();
        for (var node : graph.nodes()) {
            if (!isOf(node, ahead)) {
                border.addAll(UseCounts.usedBy(node));
            }
        }
        border.retainAll(ahead);
        return border;
    }

    private static boolean isOf(Node node, Set<String> values) {
        return node.outputs().stream().anyMatch(values::contains);
    }

    private static boolean canBeFed(Model model, Set<String> values) {
        var shapes = ShapeInference.infer(model);
        return values.stream()
                .allMatch(value -> shapes.type(value).filter(OrtModel::canBeFed).isPresent());
    }

    private Graph withoutDone(Graph graph) {
        if (kept.isEmpty()) {
            return graph;
        }
        var inputs = new ArrayList<>(graph.inputs());
        kept.getFirst()
                .forEach((name, tensor) ->
                        inputs.add(declared(name, tensor.type(), tensor.dims().size())));
        return new Graph(
                graph.name(),
                graph.nodes().stream().filter(node -> !isOf(node, done)).toList(),
                graph.initializers(),
                graph.sparseInitializers(),
                inputs,
                graph.outputs(),
                graph.valueInfos(),
                graph.carried());
    }

    private static ValueInfo declared(String name, DType type, int rank) {
        var dims = new Dim[rank];
        Arrays.fill(dims, Dim.unknown());
        return ValueInfo.of(name, type, Shape.of(dims));
    }

    /** One time through the batches, all of them and in the same order every time; its values hold until it is closed. */
    final class Pass implements AutoCloseable {

        private final @Nullable Tapped tapped;
        private final Set<String> ahead;
        private final Set<String> border;
        private final Arena memory = Arena.ofShared();
        private final List<Map<String, HostTensor>> next = new ArrayList<>();
        private boolean keeps;
        private long bytes;
        private int batches;

        private Pass(@Nullable Tapped tapped, Set<String> ahead, Set<String> border, boolean keeps) {
            this.tapped = tapped;
            this.ahead = ahead;
            this.border = border;
            this.keeps = keeps;
        }

        /** Returns the values for the next batch, and others. */
        Map<String, HostTensor> run(Batch batch) {
            var values = new HashMap<>(batch.inputs());
            if (!kept.isEmpty()) {
                values.putAll(kept.get(batches));
            }
            batches++;
            if (tapped != null) {
                values.putAll(tapped.run(values));
            }
            keep(values);
            return values;
        }

        private void keep(Map<String, HostTensor> values) {
            keeps &= values.keySet().containsAll(border);
            if (!keeps) {
                return;
            }
            var own = new HashMap<String, HostTensor>();
            for (var name : border) {
                var tensor = Objects.requireNonNull(values.get(name));
                bytes += tensor.buffer().capacity();
                keeps &= bytes <= most;
                if (keeps) {
                    own.put(name, copy(tensor));
                }
            }
            next.add(own);
        }

        private HostTensor copy(HostTensor tensor) {
            var from = tensor.buffer();
            var to = memory.allocate(from.capacity(), Long.BYTES).asByteBuffer();
            return HostTensor.wrap(tensor.type(), to.put(from).flip(), tensor.sizes());
        }

        @Override
        public void close() {
            if (tapped != null) {
                tapped.close();
            }
            if (keeps && !next.isEmpty()) {
                keepOnly(memory, ahead, next);
            } else {
                memory.close();
            }
        }
    }
}
