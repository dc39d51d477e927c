package dev.coppice.ir.onnx;

import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Decodes {@code ValueInfoProto}; types other than dense tensors are carried, not understood. */
final class ValueInfoDecoder {

    private ValueInfoDecoder() {}

    static ValueInfo valueInfo(WireReader in) {
        String name = "";
        var type = new TensorType(null, null);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.string();
                case 2 -> {
                    var decoded = type(in.message("type"));
                    if (decoded == null) {
                        in.carry();
                    } else {
                        type = decoded;
                    }
                }
                default -> in.carry();
            }
        }
        return new ValueInfo(name, type.element(), type.shape(), new Carried(in.carried()));
    }

    private record TensorType(
            @Nullable DType element, @Nullable Shape shape) {}

    /** Returns null for a type that is no dense tensor. */
    private static @Nullable TensorType type(WireReader in) {
        TensorType type = null;
        while (in.next()) {
            if (in.field() == 1) {
                type = tensorType(in.message("tensor_type"));
            }
        }
        return type;
    }

    private static TensorType tensorType(WireReader in) {
        DType element = null;
        Shape shape = null;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> element = in.number() == 0 ? null : in.type(in.number());
                case 2 -> shape = shape(in.message("shape"));
                default -> {}
            }
        }
        return new TensorType(element, shape);
    }

    private static Shape shape(WireReader in) {
        var dims = new ArrayList<Dim>();
        while (in.next()) {
            if (in.field() == 1) {
                dims.add(dim(in.message("dim", dims.size())));
            }
        }
        return new Shape(dims);
    }

    private static Dim dim(WireReader in) {
        Dim dim = Dim.unknown();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> dim = size(in);
                case 2 -> dim = in.string().isEmpty() ? Dim.unknown() : Dim.of(in.string());
                default -> {}
            }
        }
        return dim;
    }

    /** Reads -1 as "not known", as some exporters write it; other negative sizes make no sense. */
    private static Dim size(WireReader in) {
        long size = in.number();
        if (size < -1) {
            throw in.error("the negative dimension " + size);
        }
        return size == -1 ? Dim.unknown() : Dim.of(size);
    }
}
