package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Attention and RotaryEmbedding of version 23. */
final class AttentionLowerings {

    private AttentionLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("Attention", AttentionLowerings::attention);
        table.put("RotaryEmbedding", one(AttentionLowerings::rotary));
    }

    private static List<Tensor> attention(Call call) {
        if (call.has(6) || call.node().attribute("softmax_precision").isPresent()) {
            throw new Lowering.Refusal("attention with padded caches or a precision of its own");
        }
        if (call.real("softcap", 0) != 0 && (call.has(3) || call.flag("is_causal"))) {
            // Versions of the standard differ in which of the two comes first.
            throw new Lowering.Refusal("a softcap together with a mask");
        }
        boolean flat = call.rank(0) == 3;
        var query = heads(call.in(0), call.integer("q_num_heads", 0)); // [N, Hq, S, D]
        var key = cached(call, 4, heads(call.in(1), call.integer("kv_num_heads", 0))); // [N, Hkv, T, D]
        var value = cached(call, 5, heads(call.in(2), call.integer("kv_num_heads", 0)));
        double scale = call.real("scale", 1 / Math.sqrt((double) query.size(3)));
        long shared = query.size(1) / key.size(1);
        var scores = query.matmul(repeated(key, shared).transpose(2, 3)).mul(scalar(scale));
        // The stages that output 3 may show: scaled, capped, masked, after softmax.
        var masked = masked(call, scores, key.size(2) - call.in(1).size(call.rank(1) - 2));
        double cap = call.real("softcap", 0);
        var capped = cap == 0 ? masked : torch.tanh(masked.div(scalar(cap))).mul(scalar(cap));
        var shares = torch.softmax(capped, -1);
        var y = shares.matmul(repeated(value, shared));
        var joined = flat ? y.transpose(1, 2).flatten(2, 3) : y;
        var shown = List.of(scores, masked, capped, shares).get((int) call.integer("qk_matmul_output_mode", 0));
        return List.of(joined, key, value, shown);
    }

    private static Tensor heads(Tensor x, long count) {
        return x.dim() == 4
                ? x
                : x.reshape(x.size(0), x.size(1), count, x.size(2) / count).transpose(1, 2);
    }

    private static Tensor cached(Call call, int past, Tensor now) {
        if (!call.has(past)) {
            return now;
        }
        var parts = new TensorVector(2);
        parts.put(0, call.in(past));
        parts.put(1, now);
        return torch.cat(parts, 2);
    }

    private static Tensor repeated(Tensor x, long times) {
        return times == 1
                ? x
                : torch.repeat_interleave(
                        x, times, new org.bytedeco.pytorch.LongOptional(1), new org.bytedeco.pytorch.LongOptional());
    }

    private static Tensor masked(Call call, Tensor scores, long past) {
        var result = scores;
        if (call.has(3)) {
            var mask = call.in(3);
            result = mask.is_floating_point()
                    ? result.add(mask)
                    : result.masked_fill(mask.logical_not(), scalar(Double.NEGATIVE_INFINITY));
        }
        if (call.flag("is_causal")) {
            var allowed = torch.ones(new long[] {scores.size(2), scores.size(3)}, new TensorOptions(ScalarType.Bool))
                    .tril(past);
            result = result.masked_fill(allowed.logical_not(), scalar(Double.NEGATIVE_INFINITY));
        }
        return result;
    }

    private static Tensor rotary(Call call) {
        boolean flat = call.rank(0) == 3;
        var x = flat ? heads(call.in(0), call.integer("num_heads", 1)) : call.in(0); // [N, H, S, D]
        long size = call.integer("rotary_embedding_dim", 0) == 0 ? x.size(3) : call.integer("rotary_embedding_dim", 0);
        boolean interleaved = call.flag("interleaved");
        var turning = x.narrow(3, 0, size);
        var cosines = angles(call, 1);
        var sines = angles(call, 2);
        var pairs = interleaved ? turning.unflatten(3, size / 2, 2) : turning.unflatten(3, 2, size / 2);
        long axis = interleaved ? 4 : 3;
        var first = pairs.select(axis, 0);
        var second = pairs.select(axis, 1);
        var turned = new TensorVector(2);
        turned.put(0, first.mul(cosines).sub(second.mul(sines)));
        turned.put(1, first.mul(sines).add(second.mul(cosines)));
        var parts = new TensorVector(2);
        parts.put(0, torch.stack(turned, axis).flatten(3, 4));
        parts.put(1, x.narrow(3, size, x.size(3) - size));
        var y = torch.cat(parts, 3);
        return flat ? y.transpose(1, 2).flatten(2, 3) : y;
    }

    /** Returns [N, 1, S, D/2]: the cache's rows of each position, or the cache itself when it has one a position. */
    private static Tensor angles(Call call, int cache) {
        var rows = call.has(3) ? torch.embedding(call.in(cache), call.in(3)) : call.in(cache);
        return rows.unsqueeze(1);
    }
}
