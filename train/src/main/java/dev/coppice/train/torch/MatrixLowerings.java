package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Matrix products. */
final class MatrixLowerings {

    private MatrixLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("MatMul", one(call -> product(call.in(0), call.in(1))));
        table.put("Gemm", one(MatrixLowerings::gemm));
        table.put("Einsum", one(MatrixLowerings::einsum));
        table.put("Det", one(call -> torch.det(call.in(0))));
    }

    /** A plain matrix on the right takes the rows of all leading axes at once: one product instead of a batch of small ones. */
    private static Tensor product(Tensor left, Tensor right) {
        return right.dim() == 2 && left.dim() > 2 ? torch.linear(left, right.t()) : left.matmul(right);
    }

    private static Tensor gemm(Call call) {
        // [M,K] x [K,N] + C, which broadcasts to [M,N]
        var a = call.flag("transA") ? call.in(0).t() : call.in(0);
        var b = call.flag("transB") ? call.in(1).t() : call.in(1);
        double alpha = call.real("alpha", 1);
        double beta = call.real("beta", 1);
        if (call.has(2) && call.in(2).is_floating_point()) {
            return torch.addmm(call.in(2), a, b, scalar(beta), scalar(alpha));
        }
        var product = a.mm(b);
        if (alpha != 1) {
            product = product.mul(scalar(alpha));
        }
        return call.has(2) ? product.add(call.in(2), new Scalar((long) beta)) : product;
    }

    private static Tensor einsum(Call call) {
        var operands = new TensorVector(call.inputs().length);
        for (int i = 0; i < call.inputs().length; i++) {
            operands.put(i, call.in(i));
        }
        return torch.einsum(call.text("equation", "").replace(" ", ""), operands);
    }

    /** Returns {@code bias} for an optional parameter of libtorch. */
    static TensorOptional optional(@org.jspecify.annotations.Nullable Tensor bias) {
        return bias == null ? new TensorOptional() : new TensorOptional(bias);
    }
}
