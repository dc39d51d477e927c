package dev.coppice.ir.shape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.rules.FoldConstants;
import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damages models that every rule occurs in: only {@link BadModelException} may come out of inference and folding. */
class InferenceFuzzTest {

    private static final int MUTATIONS = 10;

    private static final long[] NUMBERS = {
        0, 1, -1, 2, 3, -2, 7, 64, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40
    };

    private static final List<String> OPERATORS = List.of(
            "Reshape",
            "Slice",
            "Concat",
            "Gather",
            "Pad",
            "Expand",
            "Tile",
            "Conv",
            "MaxPool",
            "Gemm",
            "Split",
            "Resize",
            "Squeeze",
            "Unsqueeze",
            "LSTM",
            "Where",
            "ScatterND",
            "GatherND",
            "Attention",
            "Einsum",
            "Range",
            "OneHot");

    private final Random random = new Random(20251122);

    @Test
    void damagedModelsGiveTypedErrorsOnly() throws IOException {
        int refused = 0;
        int accepted = 0;
        try (var folders = Files.list(TestData.data("onnx-testdata/node"))) {
            for (var folder : folders.sorted().toList()) {
                var model = OnnxReader.read(folder.resolve("model.onnx"));
                for (int i = 0; i < MUTATIONS; i++) {
                    if (survives(folder, mutated(model))) {
                        accepted++;
                    } else {
                        refused++;
                    }
                }
            }
        }
        System.out.printf("of %d damaged models %d were refused%n", refused + accepted, refused);
        assertThat(refused).isPositive();
        assertThat(accepted).isPositive();
    }

    private static boolean survives(Path folder, Model model) {
        try {
            ShapeInference.infer(model);
            FoldConstants.fold(model.graph());
            return true;
        } catch (BadModelException e) {
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError(folder + " damaged as " + model.graph().nodes(), e);
        }
    }

    private Model mutated(Model model) {
        var graph = model.graph();
        var inputs = new ArrayList<ValueInfo>();
        var constants = new ArrayList<>(graph.initializers());
        for (var input : graph.inputs()) {
            // Half of the inputs become constants with numbers that make little sense.
            if (random.nextBoolean()) {
                constants.removeIf(t -> t.name().equals(input.name()));
                constants.add(constant(input.name()));
            } else {
                inputs.add(new ValueInfo(input.name(), input.type(), shape(input.shape()), input.carried()));
            }
        }
        var nodes = graph.nodes().stream().map(this::mutated).toList();
        return model.withGraph(graph.withNodes(nodes)
                .withInitializers(constants)
                .withSparseInitializers(List.of())
                .withInputs(inputs)
                .withValueInfos(List.of()));
    }

    private Tensor constant(String name) {
        var values = random.longs(random.nextInt(5), 0, NUMBERS.length)
                .map(i -> NUMBERS[(int) i])
                .toArray();
        var types = List.of(DType.INT64, DType.INT64, DType.INT32, DType.BOOL, DType.UINT8, DType.UINT64);
        boolean scalar = values.length == 1 && random.nextBoolean();
        var dims = scalar ? List.<Long>of() : List.of((long) values.length);
        return Tensors.ofLongs(types.get(random.nextInt(types.size())), dims, values)
                .withName(name);
    }

    private Shape shape(Shape shape) {
        var dims = new ArrayList<Dim>(shape == null ? List.of() : shape.dims());
        switch (random.nextInt(6)) {
            case 0 -> dims.add(Dim.of(random.nextInt(5)));
            case 1 -> {
                if (!dims.isEmpty()) {
                    dims.removeLast();
                }
            }
            case 2 -> dims.replaceAll(d -> random.nextBoolean() ? d : Dim.unknown());
            case 3 -> dims.replaceAll(d -> random.nextBoolean() ? d : Dim.of("n"));
            case 4 ->
                dims.replaceAll(d -> random.nextBoolean() ? d : Dim.of(NUMBERS[random.nextInt(NUMBERS.length)] >>> 1));
            default -> {}
        }
        return new Shape(dims);
    }

    private Node mutated(Node node) {
        var operator = random.nextInt(4) == 0 ? OPERATORS.get(random.nextInt(OPERATORS.size())) : node.opType();
        var inputs = new ArrayList<>(node.inputs());
        if (!inputs.isEmpty() && random.nextInt(4) == 0) {
            inputs.set(random.nextInt(inputs.size()), random.nextBoolean() ? "" : inputs.getFirst());
        }
        if (!inputs.isEmpty() && random.nextInt(8) == 0) {
            inputs.removeLast();
        }
        var attributes = new ArrayList<Attribute>();
        for (var attribute : node.attributes()) {
            if (random.nextInt(4) != 0) {
                attributes.add(random.nextBoolean() ? attribute : mutated(attribute));
            }
        }
        return new Node(node.name(), operator, node.domain(), inputs, node.outputs(), attributes, node.carried());
    }

    private Attribute mutated(Attribute attribute) {
        var number = NUMBERS[random.nextInt(NUMBERS.length)];
        return switch (random.nextInt(3)) {
            case 0 -> Attribute.of(attribute.name(), number);
            case 1 ->
                Attribute.of(
                        attribute.name(),
                        random.longs(random.nextInt(6), 0, NUMBERS.length)
                                .map(i -> NUMBERS[(int) i])
                                .boxed()
                                .toList());
            default -> Attribute.of(attribute.name(), "->,...ij");
        };
    }
}
