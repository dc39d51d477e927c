package dev.coppice.ir.onnx;

import dev.coppice.ir.Dim;
import dev.coppice.ir.ValueInfo;

/** Encodes {@code ValueInfoProto}. */
final class ValueInfoEncoder {

    private ValueInfoEncoder() {}

    static void valueInfo(ValueInfo info, WireWriter out) {
        out.string(1, info.name());
        if (info.type() != null || info.shape() != null) {
            var type = new WireWriter();
            type.message(1, tensorType(info));
            out.message(2, type);
        }
        out.raw(info.carried().fields());
    }

    private static WireWriter tensorType(ValueInfo info) {
        var tensor = new WireWriter();
        if (info.type() != null) {
            tensor.number(1, info.type().code());
        }
        if (info.shape() != null) {
            var shape = new WireWriter();
            info.shape().dims().forEach(dim -> shape.message(1, dim(dim)));
            tensor.message(2, shape);
        }
        return tensor;
    }

    private static WireWriter dim(Dim dim) {
        var out = new WireWriter();
        switch (dim) {
            case Dim.Known(long size) -> out.number(1, size);
            case Dim.Symbol(var name) -> out.string(2, name);
            case Dim.Unknown _ -> {}
        }
        return out;
    }
}
