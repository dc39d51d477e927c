package dev.coppice.pipeline.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What the tests of this package share. */
public final class DataTesting {

    private DataTesting() {}

    /** Declares an input; negative sizes are symbolic. */
    public static ValueInfo input(String name, DType type, long... dims) {
        var shape = new Dim[dims.length];
        for (int i = 0; i < dims.length; i++) {
            shape[i] = dims[i] < 0 ? Dim.of("n" + i) : Dim.of(dims[i]);
        }
        return ValueInfo.of(name, type, Shape.of(shape));
    }

    public static ValueInfo floats(long... dims) {
        return input("x", DType.FLOAT, dims);
    }

    public static List<Batch> read(String spec, DataOptions options, int batchSize, ValueInfo... inputs) {
        try (var batches = Batches.open(DataSpec.parse(spec), options, List.of(inputs), batchSize)) {
            var all = new ArrayList<Batch>();
            for (var batch = batches.next(); batch != null; batch = batches.next()) {
                all.add(batch);
            }
            return all;
        }
    }

    public static List<Batch> read(String spec, int batchSize, ValueInfo... inputs) {
        return read(spec, DataOptions.defaults(), batchSize, inputs);
    }

    public static HostTensor tensor(Batch batch, String name) {
        return Objects.requireNonNull(batch.inputs().get(name));
    }

    public static float[] elements(Batch batch) {
        return tensor(batch, "x").toFloats();
    }

    public static void assertBadInput(String message, String spec, ValueInfo... inputs) {
        assertThatThrownBy(() -> read(spec, 2, inputs))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }
}
