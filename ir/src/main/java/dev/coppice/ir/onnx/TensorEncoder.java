package dev.coppice.ir.onnx;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;

/** Encodes {@code TensorProto}. Tensors whose data are external go into one data file beside the model. */
final class TensorEncoder {

    /** Small tensors stay in the model file, as runtimes need some of them (shapes) before external data are loaded. */
    private static final long SMALLEST_MOVED = 1024;

    private String dataFile = "";
    private long externals;
    private final boolean moveLarge;
    private final ExternalLayout layout;

    /**
     * @param moveLarge whether tensors of a kilobyte and more leave the model file, as they must where it would exceed 2 GiB
     * @param layout where in the data file they are
     */
    TensorEncoder(boolean moveLarge, ExternalLayout layout) {
        this.moveLarge = moveLarge;
        this.layout = layout;
    }

    /** Sets the name of the data file beside the model, for what is encoded from now on. */
    void dataFile(String name) {
        dataFile = name;
        externals = 0;
    }

    /** Returns how many tensors have been put into the data file since its name was set. */
    long externals() {
        return externals;
    }

    void tensor(Tensor tensor, WireWriter out) {
        tensor.dims().forEach(dim -> out.number(1, dim));
        out.number(2, tensor.type().code());
        if (tensor.data() instanceof TensorData.Strings(var strings)) {
            strings.forEach(text -> out.bytes(6, text));
        }
        out.nonEmptyString(8, tensor.name());
        if (tensor.type() != DType.STRING) {
            elements(tensor, out);
        }
        out.raw(tensor.carried().fields());
    }

    private void elements(Tensor tensor, WireWriter out) {
        var part = part(tensor);
        if (isExternal(tensor.data()) || (moveLarge && part.size() >= SMALLEST_MOVED)) {
            external(tensor, part, out);
            return;
        }
        switch (part) {
            case WireWriter.MaskedPart masked -> out.masked(9, masked);
            case WireWriter.BytesPart(var bytes) -> out.bytes(9, bytes);
        }
    }

    private static boolean isExternal(TensorData data) {
        return switch (data) {
            case TensorData.External _ -> true;
            case TensorData.Masked(var base, var _) -> isExternal(base);
            case TensorData.Bytes _, TensorData.Strings _ -> false;
        };
    }

    private static WireWriter.Part part(Tensor tensor) {
        MemorySegment bytes = Elements.bytes(tensor);
        return tensor.data() instanceof TensorData.Masked masked
                ? new WireWriter.MaskedPart(masked, bytes, tensor.type().bits() / Byte.SIZE)
                : new WireWriter.BytesPart(bytes);
    }

    private void external(Tensor tensor, WireWriter.Part part, WireWriter out) {
        externals++;
        out.message(13, entry("location", dataFile));
        out.message(13, entry("offset", Long.toString(layout.offset(tensor.data(), part))));
        out.message(13, entry("length", Long.toString(part.size())));
        out.number(14, 1);
    }

    private static WireWriter entry(String key, String value) {
        var out = new WireWriter();
        out.string(1, key);
        out.string(2, value);
        return out;
    }
}
