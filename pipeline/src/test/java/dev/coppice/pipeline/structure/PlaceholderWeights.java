package dev.coppice.pipeline.structure;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Gives topologies whose weights are built by ConstantOfShape seeded random weights. */
public final class PlaceholderWeights {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PlaceholderWeights() {}

    /**
     * Makes an initializer of every ConstantOfShape of a stored shape: normal with the variance 2 / fan-in (He et al. 2015), so that
     * outputs stay finite. Vectors are between a half and one: they may be variances.
     */
    public static Model fill(Model model, long seed) {
        var graph = model.graph();
        var shapes = new HashMap<String, Tensor>();
        graph.initializers().forEach(tensor -> shapes.put(tensor.name(), tensor));
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var nodes = new ArrayList<Node>();
        var weights = new ArrayList<>(graph.initializers());
        var inputs = new ArrayList<>(graph.inputs());
        for (var node : graph.nodes()) {
            var shape = node.is("ConstantOfShape") ? shapes.get(node.input(0)) : null;
            if (shape == null) {
                nodes.add(node);
                continue;
            }
            var weight = draw(node.output(0), Elements.longs(shape), random);
            weights.add(weight);
            if (model.irVersion() < 4) { // there, every initializer is an input, too
                inputs.add(ValueInfo.of(weight.name(), DType.FLOAT, weight.shape()));
            }
        }
        return model.withGraph(graph.withNodes(nodes).withInitializers(weights).withInputs(inputs));
    }

    private static Tensor draw(String name, long[] dims, RandomGenerator random) {
        var sizes = new ArrayList<Long>();
        long size = 1;
        for (long dim : dims) {
            sizes.add(dim);
            size *= dim;
        }
        double deviation = Math.sqrt(2.0 * (dims.length == 0 ? 1 : dims[0]) / Math.max(1, size));
        var bytes = Arena.ofAuto().allocate(Math.max(1, 4 * size), 8);
        for (long i = 0; i < size; i++) {
            bytes.set(FLOAT, 4 * i, (float)
                    (dims.length > 1 ? random.nextGaussian() * deviation : .5 + random.nextDouble() / 2));
        }
        return Tensor.of(name, DType.FLOAT, sizes, new TensorData.Bytes(bytes.asSlice(0, 4 * size)));
    }
}
