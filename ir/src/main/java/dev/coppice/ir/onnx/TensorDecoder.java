package dev.coppice.ir.onnx;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Shape;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decodes {@code TensorProto} and {@code SparseTensorProto}; whatever field holds the elements, they become plain bytes. */
final class TensorDecoder {

    private final ExternalData externalData;
    private int externals;

    TensorDecoder(ExternalData externalData) {
        this.externalData = externalData;
    }

    /** Returns how many tensors with external data have been decoded so far. */
    int externals() {
        return externals;
    }

    Tensor tensor(WireReader in) {
        var parts = new Parts(in);
        while (in.next()) {
            parts.accept();
        }
        return parts.build();
    }

    SparseTensor sparse(WireReader in) {
        Tensor values = null;
        Tensor indices = null;
        var dims = new ArrayList<Long>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> values = tensor(in.message("values"));
                case 2 -> indices = tensor(in.message("indices"));
                case 3 -> in.numbers(dims);
                default -> in.carry();
            }
        }
        if (values == null || indices == null) {
            throw in.error("a sparse tensor without values or indices");
        }
        checkedSize(in, values.name(), dims);
        return new SparseTensor(values, indices, dims, new Carried(in.carried()));
    }

    /** Collects the fields of one tensor. */
    private final class Parts {

        private final WireReader in;
        private final List<Long> dims = new ArrayList<>();
        private final List<MemorySegment> strings = new ArrayList<>();
        private final Map<String, String> external = new HashMap<>();
        private long typeCode;
        private String name = "";
        private boolean isExternal;
        private @Nullable MemorySegment raw;
        private @Nullable TypedData typed;

        Parts(WireReader in) {
            this.in = in;
        }

        void accept() {
            switch (in.field()) {
                case 1 -> in.numbers(dims);
                case 2 -> typeCode = in.number();
                case 3 -> throw in.error("a tensor in segments, which no runtime supports");
                case 4, 5, 7, 10, 11 -> typed().add(in);
                case 6 -> strings.add(in.bytes());
                case 8 -> name = in.string();
                case 9 -> raw = in.bytes();
                case 13 -> entry(in.message("external_data"));
                case 14 -> isExternal = in.number() == 1;
                default -> in.carry();
            }
        }

        private TypedData typed() {
            if (typed == null) {
                typed = new TypedData();
            }
            return typed;
        }

        private void entry(WireReader pair) {
            String key = "";
            String value = "";
            while (pair.next()) {
                switch (pair.field()) {
                    case 1 -> key = pair.string();
                    case 2 -> value = pair.string();
                    default -> {}
                }
            }
            external.put(key, value);
        }

        Tensor build() {
            DType type = in.type(typeCode);
            long size = checkedSize(in, name, dims);
            return new Tensor(name, type, dims, data(type, size), new Carried(in.carried()));
        }

        private TensorData data(DType type, long size) {
            if (type == DType.STRING) {
                if (strings.size() != size) {
                    throw in.error("tensor '%s' of %d strings holds %d".formatted(name, size, strings.size()));
                }
                return new TensorData.Strings(strings);
            }
            if (size > Long.MAX_VALUE / 128) {
                throw in.error("tensor '%s' claims %d elements".formatted(name, size));
            }
            long expected = type.bytes(size);
            if (isExternal) {
                return external(expected);
            }
            var bytes = raw != null ? raw : typed != null ? typed.bytes(in, type, expected) : MemorySegment.NULL;
            if (bytes.byteSize() != expected) {
                throw in.error("tensor '%s' %s%s needs %d bytes and has %d"
                        .formatted(name, type, Shape.of(dims), expected, bytes.byteSize()));
            }
            return new TensorData.Bytes(bytes);
        }

        private TensorData external(long expected) {
            externals++;
            long offset = position("offset", 0);
            long length = position("length", expected);
            if (length != expected) {
                throw in.error(
                        "tensor '%s' needs %d bytes and its external data have %d".formatted(name, expected, length));
            }
            return externalData.read(
                    "%s: tensor '%s'".formatted(in.where(), name),
                    external.getOrDefault("location", ""),
                    offset,
                    length);
        }

        private long position(String key, long otherwise) {
            var text = external.get(key);
            if (text == null) {
                return otherwise;
            }
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new BadModelException(
                        "%s: tensor '%s' has the external %s '%s', no number".formatted(in.where(), name, key, text),
                        WireReader.DAMAGED,
                        e);
            }
        }
    }

    /** Returns the product of the dimensions, which must not be negative and must fit. */
    private static long checkedSize(WireReader in, String name, List<Long> dims) {
        for (long dim : dims) {
            if (dim < 0) {
                throw in.error("tensor '%s' has the negative dimension %d".formatted(name, dim));
            }
        }
        return Shape.of(dims)
                .elements()
                .orElseThrow(() -> in.error("tensor '%s' %s has too many elements".formatted(name, Shape.of(dims))));
    }
}
