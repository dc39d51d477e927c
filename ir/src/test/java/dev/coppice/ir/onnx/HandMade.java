package dev.coppice.ir.onnx;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Makes encoded models field by field, and zeros element by element. */
final class HandMade {

    private HandMade() {}

    /** Returns a model whose initializers have the given fields; the first must be called {@code w}. */
    @SafeVarargs
    static byte[] model(Consumer<WireWriter>... initializers) {
        var graph = new WireWriter();
        for (var fields : initializers) {
            var tensor = new WireWriter();
            fields.accept(tensor);
            graph.message(5, tensor);
        }
        var output = new WireWriter();
        output.string(1, "w");
        graph.message(12, output);
        var opset = new WireWriter();
        opset.number(2, 17);
        return Encoded.message(out -> {
            out.number(1, 10);
            out.message(7, graph);
            out.message(8, opset);
        });
    }

    /** Returns the fields of a tensor of floats in {@code location}. */
    static Consumer<WireWriter> external(String name, long elements, String location, long offset) {
        return tensor -> {
            tensor.number(1, elements);
            tensor.number(2, 1);
            tensor.string(8, name);
            for (var pair : List.of(
                    List.of("location", location),
                    List.of("offset", Long.toString(offset)),
                    List.of("length", Long.toString(elements * Float.BYTES)))) {
                var entry = new WireWriter();
                entry.string(1, pair.getFirst());
                entry.string(2, pair.getLast());
                tensor.message(13, entry);
            }
            tensor.number(14, 1);
        };
    }

    static void varint(long value, ByteBuffer out) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    static MemorySegment written(ByteBuffer buffer) {
        return MemorySegment.ofArray(Arrays.copyOf(buffer.array(), buffer.position()));
    }

    /** Returns {@code tensor} with all bytes copied and those of every element that {@code mask} prunes set to zero. */
    static Tensor zeroed(Tensor tensor, Mask mask) {
        byte[] bytes = Elements.bytes(tensor).toArray(ValueLayout.JAVA_BYTE);
        int width = tensor.type().bits() / Byte.SIZE;
        for (int i = 0; i < tensor.size(); i++) {
            if (mask.isPruned(i)) {
                Arrays.fill(bytes, i * width, (i + 1) * width, (byte) 0);
            }
        }
        return tensor.withData(new TensorData.Bytes(MemorySegment.ofArray(bytes)));
    }
}
