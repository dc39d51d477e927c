package dev.coppice.ir.onnx;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Encodes {@code TensorProto}. Tensors whose data are external go into one data file beside the model, in the order in which they
 * come; equal regions are stored once.
 */
final class TensorEncoder {

    /** Small tensors stay in the model file, as runtimes need some of them (shapes) before external data are loaded. */
    private static final long SMALLEST_MOVED = 1024;

    private record Region(String location, long offset, long size, TensorData data) {}

    private final String dataFile;
    private final boolean moveLarge;
    private final List<WireWriter.Part> external = new ArrayList<>();
    private final Map<Object, Long> offsets = new HashMap<>();
    private long externalSize;

    /**
     * @param dataFile name of the data file beside the model
     * @param moveLarge whether tensors of a kilobyte and more leave the model file, as they must where it would exceed 2 GiB
     */
    TensorEncoder(String dataFile, boolean moveLarge) {
        this.dataFile = dataFile;
        this.moveLarge = moveLarge;
    }

    /** Returns the content of the data file; empty when none is needed. */
    List<WireWriter.Part> external() {
        return external;
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
        if (original(tensor.data()) instanceof TensorData.External origin) {
            external(part, new Region(origin.location(), origin.offset(), part.size(), tensor.data()), origin.offset(), out);
        } else if (moveLarge && part.size() >= SMALLEST_MOVED) {
            external(part, tensor.data(), 0, out);
        } else if (part instanceof WireWriter.MaskedPart masked) {
            out.masked(9, masked);
        } else if (part instanceof WireWriter.BytesPart(var bytes)) {
            out.bytes(9, bytes);
        }
    }

    private static TensorData original(TensorData data) {
        return data instanceof TensorData.Masked(var base, var _) ? original(base) : data;
    }

    private static WireWriter.Part part(Tensor tensor) {
        MemorySegment bytes = Elements.bytes(tensor);
        return tensor.data() instanceof TensorData.Masked masked
                ? new WireWriter.MaskedPart(masked, bytes, tensor.type().bits() / Byte.SIZE)
                : new WireWriter.BytesPart(bytes);
    }

    private void external(WireWriter.Part part, Object identity, long originalOffset, WireWriter out) {
        Long offset = offsets.get(identity);
        if (offset == null) {
            offset = align(originalOffset);
            external.add(part);
            externalSize = offset + part.size();
            offsets.put(identity, offset);
        }
        out.message(13, entry("location", dataFile));
        out.message(13, entry("offset", Long.toString(offset)));
        out.message(13, entry("length", Long.toString(part.size())));
        out.number(14, 1);
    }

    /** Pads to the alignment that the tensor had (page, cache line or none): as good for mapping, and never larger. */
    private long align(long originalOffset) {
        long alignment = originalOffset % 4096 == 0 ? 4096 : originalOffset % 64 == 0 ? 64 : 1;
        long aligned = Math.ceilDiv(externalSize, alignment) * alignment;
        if (aligned > externalSize) {
            external.add(new WireWriter.BytesPart(MemorySegment.ofArray(new byte[(int) (aligned - externalSize)])));
        }
        return aligned;
    }

    private static WireWriter entry(String key, String value) {
        var out = new WireWriter();
        out.string(1, key);
        out.string(2, value);
        return out;
    }
}
