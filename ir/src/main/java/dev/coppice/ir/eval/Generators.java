package dev.coppice.ir.eval;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that make tensors of attributes, of sizes, or of next to nothing. */
final class Generators {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "Constant", Generators::constant,
            "ConstantOfShape", Generators::constantOfShape,
            "Shape", Generators::shape,
            "Size",
                    in -> List.of(Tensors.ofLongs(
                            DType.INT64, List.of(), new long[] {in.tensor(0).size()})),
            "Range", Generators::range);

    private Generators() {}

    /** Makes a single zero of any movable type but strings, of which it makes an empty one. */
    static Tensor zero(DType type) {
        return type == DType.STRING
                ? Tensor.of("", type, List.of(1L), new TensorData.Strings(List.of(MemorySegment.ofArray(new byte[0]))))
                : Tensor.of(
                        "",
                        type,
                        List.of(1L),
                        new TensorData.Bytes(MemorySegment.ofArray(new byte[(int) type.bytes(1)])));
    }

    private static List<Tensor> constant(Operands in) {
        for (var attribute : in.node().attributes()) {
            switch (attribute.value()) {
                case Attribute.TensorValue(var tensor) -> {
                    return List.of(tensor);
                }
                case Attribute.IntValue(long value) -> {
                    return List.of(Tensors.ofLongs(DType.INT64, List.of(), new long[] {value}));
                }
                case Attribute.FloatValue(float value) -> {
                    return List.of(Tensors.ofDoubles(DType.FLOAT, List.of(), new double[] {value}));
                }
                case Attribute.IntsValue(var values) -> {
                    var longs = values.stream().mapToLong(v -> v).toArray();
                    return List.of(Tensors.ofLongs("", longs));
                }
                case Attribute.FloatsValue(var values) -> {
                    var doubles = values.stream().mapToDouble(v -> v).toArray();
                    return List.of(Tensors.ofDoubles(DType.FLOAT, List.of((long) doubles.length), doubles));
                }
                case Attribute.StringValue string -> {
                    return List.of(
                            Tensor.of("", DType.STRING, List.of(), new TensorData.Strings(List.of(string.bytes()))));
                }
                case Attribute.StringsValue(var values) -> {
                    var strings =
                            values.stream().map(Attribute.StringValue::bytes).toList();
                    var dims = List.of((long) strings.size());
                    return List.of(Tensor.of("", DType.STRING, dims, new TensorData.Strings(strings)));
                }
                case Attribute.GraphValue _,
                        Attribute.GraphsValue _,
                        Attribute.ReferenceValue _,
                        Attribute.OpaqueValue _ -> {}
            }
        }
        return Operation.NOT_COMPUTED;
    }

    private static List<Tensor> constantOfShape(Operands in) {
        var dims = Arrays.stream(in.longs(0)).boxed().toList();
        var value = in.node().tensorAttribute("value").orElseGet(() -> zero(DType.FLOAT));
        if (value.size() != 1) {
            throw in.bad("a value of " + value.size() + " elements");
        }
        if (!in.fits(dims) || !Tensors.movable(value.type())) {
            return Operation.NOT_COMPUTED;
        }
        return List.of(Tensors.take(List.of(value), dims, new int[Indices.product(Indices.sizes(dims))]));
    }

    private static List<Tensor> shape(Operands in) {
        var dims = in.tensor(0).dims();
        int rank = dims.size();
        long start = in.node().intAttribute("start", 0);
        long end = in.node().intAttribute("end", rank);
        var range = SliceRange.of(start, end, 1, rank);
        return List.of(Tensors.ofLongs(
                "",
                dims.stream()
                        .skip(range.start())
                        .limit(range.count())
                        .mapToLong(d -> d)
                        .toArray()));
    }

    private static List<Tensor> range(Operands in) {
        var type = in.tensor(0).type();
        return switch (type) {
            case INT64, INT32, INT16 -> {
                long start = in.scalar(0, 0);
                long delta = in.scalar(2, 1);
                if (delta == 0) {
                    throw in.bad("a step of 0");
                }
                long distance = Math.subtractExact(in.scalar(1, 0), start);
                long count = Math.max(0, Math.ceilDiv(distance, delta));
                if (!in.fits(List.of(count))) {
                    yield Operation.NOT_COMPUTED;
                }
                var values = new long[(int) count];
                Arrays.setAll(values, i -> start + i * delta);
                yield List.of(Tensors.ofLongs(type, List.of(count), values));
            }
            case FLOAT, DOUBLE -> {
                if (!in.fits(in.tensor(1).dims())
                        || in.tensor(1).size() != 1
                        || in.tensor(2).size() != 1) {
                    throw in.bad("bounds that are no scalars");
                }
                double start = Tensors.doubles(in.tensor(0))[0];
                double delta = Tensors.doubles(in.tensor(2))[0];
                double steps = Math.ceil((Tensors.doubles(in.tensor(1))[0] - start) / delta);
                if (!(steps <= in.limit())) {
                    yield Operation.NOT_COMPUTED;
                }
                var values = new double[(int) Math.max(0, steps)];
                Arrays.setAll(values, i -> start + i * delta);
                yield List.of(Tensors.ofDoubles(type, List.of((long) values.length), values));
            }
            default -> Operation.NOT_COMPUTED;
        };
    }
}
