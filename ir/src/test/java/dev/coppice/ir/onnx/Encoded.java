package dev.coppice.ir.onnx;

import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Tensor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** Encodes into memory what has neither masks nor external data. */
final class Encoded {

    private Encoded() {}

    /** Returns the model as {@link OnnxWriter} writes it. */
    static byte[] bytes(Model model) {
        var tensors = new TensorEncoder(false, new ExternalLayout());
        return bytes(new ModelEncoder(model.origins(), tensors).model(model));
    }

    static byte[] bytes(Tensor tensor) {
        return message(out -> new TensorEncoder(false, new ExternalLayout()).tensor(tensor, out));
    }

    /** Returns a message of hand-made fields. */
    static byte[] message(Consumer<WireWriter> fields) {
        var out = new WireWriter();
        fields.accept(out);
        return bytes(out);
    }

    /** Returns the same model without its memory of how it was encoded, so that every field is encoded anew. */
    static Model forgetful(Model model) {
        return new Model(
                model.irVersion(), model.opsets(), model.graph(), model.functions(), model.carried(), new Origins());
    }

    static Model read(byte[] bytes) {
        return OnnxReader.read(MemorySegment.ofArray(bytes), null);
    }

    static Tensor tensor(byte[] bytes) {
        return new TensorDecoder(new ExternalData(null, new Origins())).tensor(new WireReader(MemorySegment.ofArray(bytes)));
    }

    private static byte[] bytes(WireWriter message) {
        var bytes = new ByteArrayOutputStream();
        for (var part : message.parts()) {
            switch (part) {
                case WireWriter.BytesPart(var segment) -> bytes.writeBytes(segment.toArray(ValueLayout.JAVA_BYTE));
                case WireWriter.MaskedPart _ -> throw new IllegalArgumentException("write masked tensors to a file");
            }
        }
        return bytes.toByteArray();
    }
}
