package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/** Reads and replaces the numbers of stored constants. */
final class StoredFloats {

    private StoredFloats() {}

    static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    /** Puts new float32 values in the place of stored constants, by the names of initializers or of Constant nodes' outputs. */
    static Model replace(Model model, Map<String, float[]> changed) {
        var values = new IdentityHashMap<Tensor, float[]>();
        var stored = model.graph().storedTensors();
        changed.forEach((name, floats) -> values.put(Objects.requireNonNull(stored.get(name)), floats));
        return model.mapTensors(tensor -> {
            var floats = values.get(tensor);
            return floats == null ? tensor : tensor.withData(data(floats));
        });
    }

    private static TensorData data(float[] values) {
        var bytes = Arena.ofAuto().allocate(Math.max(4, 4L * values.length), 8).asSlice(0, 4L * values.length);
        for (int i = 0; i < values.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        }
        return new TensorData.Bytes(bytes);
    }
}
