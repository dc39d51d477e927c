package dev.coppice.train.torch;

import static dev.coppice.train.torch.Lowering.one;
import static dev.coppice.train.torch.Lowering.unary;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that change or tell shapes and types, and those that make tensors from shapes. */
final class ShapeLowerings {

    private ShapeLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("Identity", unary(x -> x));
        table.put("Dropout", ShapeLowerings::dropout);
        table.put("Cast", one(call -> cast(call, call.type(call.integer("to", DType.FLOAT.code())))));
        table.put("CastLike", one(call -> cast(call, call.in(1).scalar_type().intern())));
        table.put("Shape", one(ShapeLowerings::shape));
        table.put("Size", one(call -> call.ofLongs(call.in(0).numel()).squeeze()));
        table.put("Reshape", one(ShapeLowerings::reshape));
        table.put("Flatten", one(ShapeLowerings::flatten));
        table.put("Squeeze", one(ShapeLowerings::squeeze));
        table.put("Unsqueeze", one(ShapeLowerings::unsqueeze));
        table.put("Transpose", one(ShapeLowerings::transpose));
        table.put("Expand", one(ShapeLowerings::expand));
        table.put("Tile", one(call -> call.in(0).repeat(call.longs(1))));
        table.put("ConstantOfShape", one(ShapeLowerings::constantOfShape));
        table.put("Range", one(ShapeLowerings::range));
        table.put("EyeLike", one(ShapeLowerings::eye));
    }

    /** A trained graph is the inference graph: nothing is dropped, and one that insists is refused. */
    private static List<Tensor> dropout(Call call) {
        boolean drops = !call.has(1) || call.in(1).item_double() != 0;
        if (drops && call.has(2) && call.in(2).item_bool()) {
            throw new Lowering.Refusal("dropout in training mode is random; export the model for inference");
        }
        return call.node().outputs().size() < 2
                ? List.of(call.in(0))
                : List.of(call.in(0), torch.ones_like(call.in(0)).to(ScalarType.Bool));
    }

    private static Tensor cast(Call call, ScalarType type) {
        return call.in(0).scalar_type().intern() == type
                ? call.in(0)
                : call.in(0).to(type);
    }

    private static Tensor shape(Call call) {
        var sizes = Tensors.sizes(call.dims(0));
        long start = clamp(call.axis(call.integer("start", 0), sizes.length), sizes.length);
        long end = clamp(call.axis(call.integer("end", sizes.length), sizes.length), sizes.length);
        return call.ofLongs(Arrays.copyOfRange(sizes, (int) start, (int) Math.max(start, end)));
    }

    private static long clamp(long value, long most) {
        return Math.max(0, Math.min(value, most));
    }

    private static Tensor reshape(Call call) {
        var target = call.has(1) ? call.longs(1) : call.integers("shape", new long[0]);
        boolean copiesZeros = !call.flag("allowzero");
        for (int i = 0; i < target.length; i++) {
            if (target[i] == 0 && copiesZeros) {
                target[i] = call.in(0).size(i);
            }
        }
        return call.in(0).reshape(target);
    }

    private static Tensor flatten(Call call) {
        var x = call.in(0);
        int axis = (int) call.axis(call.integer("axis", 1), x.dim());
        long rows = 1;
        for (int i = 0; i < axis; i++) {
            rows *= x.size(i);
        }
        return x.reshape(rows, rows == 0 ? x.numel() : x.numel() / rows);
    }

    private static Tensor squeeze(Call call) {
        var axes = call.axes("axes", 1);
        return axes == null ? call.in(0).squeeze() : call.in(0).squeeze(axes);
    }

    private static Tensor unsqueeze(Call call) {
        var axes = call.axes("axes", 1);
        if (axes == null) {
            throw new Lowering.Refusal("axes are missing");
        }
        long rank = call.rank(0) + axes.length;
        var sorted =
                Arrays.stream(axes).map(axis -> call.axis(axis, rank)).sorted().toArray();
        var result = call.in(0);
        for (long axis : sorted) {
            result = result.unsqueeze(axis);
        }
        return result;
    }

    private static Tensor transpose(Call call) {
        int rank = (int) call.rank(0);
        var reversed = new long[rank];
        Arrays.setAll(reversed, i -> rank - 1 - i);
        return call.in(0).permute(call.integers("perm", reversed));
    }

    /** Broadcasts both ways: a 1 in the target keeps the input's size. */
    private static Tensor expand(Call call) {
        var x = call.in(0);
        var target = call.longs(1);
        int rank = (int) Math.max(x.dim(), target.length);
        var sizes = new long[rank];
        for (int i = 0; i < rank; i++) {
            long own = i < rank - x.dim() ? 1 : x.size(i - (rank - x.dim()));
            long wanted = i < rank - target.length ? 1 : target[i - (rank - target.length)];
            sizes[i] = own == 1 ? wanted : own;
        }
        return x.expand(sizes);
    }

    private static Tensor constantOfShape(Call call) {
        var sizes = call.longs(0);
        var value = call.node().attribute("value").orElse(null);
        if (!(value instanceof Attribute.TensorValue(var tensor))) {
            return torch.zeros(sizes, new TensorOptions(call.type(DType.FLOAT.code())));
        }
        return Tensors.copy(tensor, call.precision()).reshape(1).expand(sizes).clone();
    }

    private static Tensor range(Call call) {
        var start = call.in(0);
        var options = new TensorOptions(start.scalar_type().intern());
        if (start.is_floating_point()) {
            return torch.arange(
                    new Scalar(start.item_double()),
                    new Scalar(call.in(1).item_double()),
                    new Scalar(call.in(2).item_double()),
                    options);
        }
        return torch.arange(
                new Scalar(start.item_long()),
                new Scalar(call.in(1).item_long()),
                new Scalar(call.in(2).item_long()),
                options);
    }

    private static Tensor eye(Call call) {
        var like = call.in(0);
        var type = call.node().attribute("dtype").isPresent()
                ? call.type(call.integer("dtype", 1))
                : like.scalar_type().intern();
        return torch.ones(Tensors.sizes(Tensors.dims(like)), new TensorOptions(type))
                .tril(call.integer("k", 0))
                .triu(call.integer("k", 0));
    }
}
