package dev.coppice.bench;

import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes a model larger than any heap given to Coppice, a chain of MatMuls with seeded weights in external data, and checks
 * what pruning made of it. Both need little heap themselves.
 *
 * <pre>
 * BigModel make MODEL.onnx MEGABYTES SEED
 * BigModel check DENSE.onnx PRUNED.onnx
 * </pre>
 */
public final class BigModel {

    /** Each weight is {@code [WIDTH, WIDTH]}, 64 MiB. */
    private static final int WIDTH = 4096;

    private static final long WEIGHT_BYTES = (long) WIDTH * WIDTH * Float.BYTES;
    private static final int STEP = 1 << 18;

    private BigModel() {}

    /** Runs the command; {@code check} prints what it counted, and exits with 1 when a weight is not half zeros. */
    public static void main(String[] args) throws IOException {
        if (args.length == 4 && args[0].equals("make")) {
            int weights = (int) (Long.parseLong(args[2]) * (1 << 20) / WEIGHT_BYTES);
            make(Path.of(args[1]), weights, Long.parseLong(args[3]));
        } else if (args.length == 3 && args[0].equals("check")) {
            System.exit(check(OnnxReader.read(Path.of(args[1])), OnnxReader.read(Path.of(args[2]))) ? 0 : 1);
        } else {
            System.err.println(
                    "usage: BigModel make MODEL.onnx MEGABYTES SEED | BigModel check DENSE.onnx PRUNED.onnx");
            System.exit(2);
        }
    }

    private static void make(Path file, int weights, long seed) throws IOException {
        var elements = file.resolveSibling(file.getFileName() + ".elements");
        try (var arena = Arena.ofShared()) {
            writeElements(elements, weights, seed);
            try (var channel = FileChannel.open(elements, StandardOpenOption.READ)) {
                var mapped = channel.map(MapMode.READ_ONLY, 0, weights * WEIGHT_BYTES, arena);
                var tensors = new ArrayList<Tensor>();
                for (int i = 0; i < weights; i++) {
                    long offset = i * WEIGHT_BYTES;
                    var data = new TensorData.External("elements", offset, mapped.asSlice(offset, WEIGHT_BYTES));
                    tensors.add(Tensor.of("w" + i, DType.FLOAT, List.of((long) WIDTH, (long) WIDTH), data));
                }
                OnnxWriter.write(chain(tensors), file);
            }
        } finally {
            Files.deleteIfExists(elements);
        }
    }

    private static void writeElements(Path file, int weights, long seed) throws IOException {
        var random = new SplittableRandom(seed);
        var buffer = ByteBuffer.allocateDirect(STEP * Float.BYTES).order(ByteOrder.nativeOrder());
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long step = 0; step < weights * WEIGHT_BYTES; step += buffer.capacity()) {
                buffer.clear();
                while (buffer.hasRemaining()) {
                    buffer.putFloat((random.nextInt() | 1) * 0x1p-40f); // never zero
                }
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
    }

    private static Model chain(List<Tensor> weights) {
        var nodes = new ArrayList<Node>();
        var last = "x";
        for (var weight : weights) {
            var output = "y" + nodes.size();
            nodes.add(Node.of("matmul" + nodes.size(), "MatMul", List.of(last, weight.name()), List.of(output)));
            last = output;
        }
        var shape = Shape.of(Dim.of("batch"), Dim.of(WIDTH));
        var graph = Graph.of(
                "big",
                nodes,
                weights,
                List.of(ValueInfo.of("x", DType.FLOAT, shape)),
                List.of(ValueInfo.of(last, DType.FLOAT, shape)));
        return new Model(10, List.of(new Model.Opset("", 17)), graph, List.of(), Carried.NOTHING, new Origins());
    }

    /** Says whether exactly half of each weight is zero, the other half as it was, and none pruned that is larger than one kept. */
    private static boolean check(Model dense, Model pruned) {
        boolean good = dense.graph().initializers().size()
                == pruned.graph().initializers().size();
        long zeros = 0;
        long elements = 0;
        for (int i = 0; good && i < dense.graph().initializers().size(); i++) {
            var counts = compare(
                    dense.graph().initializers().get(i),
                    pruned.graph().initializers().get(i));
            zeros += counts.zeros();
            elements += counts.elements();
            good = counts.zeros() * 2 == counts.elements()
                    && counts.changed() == 0
                    && counts.largestPruned() <= counts.smallestKept();
        }
        System.out.printf(
                "{\"weights\": %d, \"elements\": %d, \"zeros\": %d, \"halfOfEachAndTheSmallest\": %b}%n",
                dense.graph().initializers().size(), elements, zeros, good);
        return good;
    }

    private record Counts(long elements, long zeros, long changed, float largestPruned, float smallestKept) {}

    private static Counts compare(Tensor dense, Tensor pruned) {
        float[] before = new float[STEP];
        float[] after = new float[STEP];
        long zeros = 0;
        long changed = 0;
        float largestPruned = 0;
        float smallestKept = Float.MAX_VALUE;
        for (long from = 0; from < dense.size(); from += STEP) {
            int count = (int) Math.min(STEP, dense.size() - from);
            Elements.floats(dense, from, before, count);
            Elements.floats(pruned, from, after, count);
            for (int i = 0; i < count; i++) {
                if (after[i] == 0) {
                    zeros++;
                    largestPruned = Math.max(largestPruned, Math.abs(before[i]));
                } else {
                    changed += after[i] == before[i] ? 0 : 1;
                    smallestKept = Math.min(smallestKept, Math.abs(after[i]));
                }
            }
        }
        return new Counts(dense.size(), zeros, changed, largestPruned, smallestKept);
    }
}
