package dev.coppice.bench;

import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.Apply;
import dev.coppice.prune.ParameterList;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Planner;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Prunes half of 10.6 million normal weights, in the 36 matrices of MiniLM's encoder: all patterns through the planner, and the
 * global threshold by full sort for comparison. {@code cold} runs once in a fresh JVM, as the command line does.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class SelectionBenchmark {

    private static final int LAYERS = 6;
    private static final long WIDTH = 384;

    /** Granularity and allocation. */
    @Param({
        "unstructured/global",
        "unstructured/uniform",
        "unstructured/row-uniform",
        "unstructured/lamp",
        "2:4/uniform",
        "block:2x1/global",
        "block:4x1/uniform",
        "row/global"
    })
    public String what;

    @Param({"1", "2"})
    public int threads;

    private Model model;
    private ParameterList parameters;
    private PruneRequest request;

    @Setup
    public void makeWeights() {
        var random = new SplittableRandom(1);
        var weights = new ArrayList<Tensor>();
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int i = 0; i < 4; i++) {
                weights.add(matrix("attention" + layer + i, WIDTH, WIDTH, random));
            }
            weights.add(matrix("up" + layer, WIDTH, 4 * WIDTH, random));
            weights.add(matrix("down" + layer, 4 * WIDTH, WIDTH, random));
        }
        var nodes = weights.stream()
                .map(w -> Node.of(w.name(), "MatMul", List.of("x", w.name()), List.of(w.name() + "_out")))
                .toList();
        var graph = Graph.of("g", nodes, weights, List.of(), List.of());
        model = new Model(10, List.of(new Model.Opset("", 17)), graph, List.of(), Carried.NOTHING, new Origins());
        parameters = Parameters.of(model, Selection.ALL);
        var parts = what.split("/", -1);
        var pattern = Pattern.parse(parts[0]);
        request = PruneRequest.of(Criteria.named("l1"), pattern, Allocation.named(parts[1]), new Budget.Sparsity(0.5));
    }

    private static Tensor matrix(String name, long rows, long columns, SplittableRandom random) {
        var bytes = Arena.ofAuto().allocate(rows * columns * Float.BYTES);
        for (long i = 0; i < rows * columns; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return Tensor.of(name, DType.FLOAT, List.of(rows, columns), new TensorData.Bytes(bytes));
    }

    @Benchmark
    public Model prune() {
        var parallel = new Parallel(threads);
        return Apply.apply(model, parameters, Planner.plan(parameters, request, parallel), parallel);
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    @Fork(
            value = 5,
            jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"})
    public Model cold() {
        return prune();
    }

    /** The same global threshold by sorting all magnitudes; for comparison with {@code unstructured/global}. */
    @Benchmark
    public List<Mask> fullSort() {
        var magnitudes = new float[Math.toIntExact(parameters.size())];
        int at = 0;
        for (var parameter : parameters.prunable()) {
            var part = new float[Math.toIntExact(parameter.size())];
            Elements.floats(parameter.source(), 0, part, part.length);
            for (float weight : part) {
                magnitudes[at++] = Math.abs(weight);
            }
        }
        var sorted = magnitudes.clone();
        Arrays.parallelSort(sorted);
        float threshold = sorted[sorted.length / 2];
        var masks = new ArrayList<Mask>();
        at = 0;
        for (var parameter : parameters.prunable()) {
            var mask = new Mask(parameter.size());
            for (long i = 0; i < parameter.size(); i++) {
                if (magnitudes[at++] < threshold) {
                    mask.prune(i);
                }
            }
            masks.add(mask);
        }
        return masks;
    }
}
