package dev.coppice.train;

import dev.coppice.ir.BadInputException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Computes losses from the values of one batch.
 *
 * @param first the name of the logits that classes and pooling refer to
 * @param output the name of the output that values to hit refer to: the same, or what a closing Softmax or Sigmoid makes of it
 * @param student values by name
 * @param teacher the teacher's values by the same names; empty without a teacher
 * @param inputs the model's inputs by name
 * @param targets as {@link dev.coppice.train.data.TrainBatch} has them
 */
record LossFunctions(
        String first,
        String output,
        Map<String, Tensor> student,
        Map<String, Tensor> teacher,
        Map<String, Tensor> inputs,
        @Nullable Tensor targets) {

    private static final long MEAN = 1; // at::Reduction
    private static final long IGNORED = -100;

    /** Returns the weighted sum of losses. */
    Tensor total(List<Loss.Weighted> losses) {
        Tensor total = null;
        for (var weighted : losses) {
            var term = of(weighted.loss());
            var counted = weighted.weight() == 1 ? term : term.mul(scalar(weighted.weight()));
            total = total == null ? counted : total.add(counted);
        }
        return Objects.requireNonNull(total, "no losses");
    }

    Tensor of(Loss loss) {
        return switch (loss) {
            case Loss.CrossEntropy(double smoothing) ->
                torch.cross_entropy_loss(classes(), wantedClasses(), new TensorOptional(), MEAN, IGNORED, smoothing);
            case Loss.MeanSquaredError _ -> meanSquaredError();
            case Loss.CosineDistance _ -> distance(value(student, output), wanted());
            case Loss.Ctc(int blank) -> ctc(blank);
            case Loss.NextToken _ -> nextToken();
            case Loss.Divergence(double temperature) -> divergence(temperature);
            case Loss.Features(var values) -> features(values);
            case Loss.PooledCosine(var pooling) -> distance(pooled(student, pooling), pooled(teacher, pooling));
            case Loss.Similarity(var pooling) -> similarity(pooling);
            case Loss.OutputEnergy _ -> counted(logits().square()).div(scalar(2));
            case Loss.OutputSum _ -> logits().sum();
        };
    }

    private Tensor logits() {
        return value(student, first);
    }

    private Tensor wanted() {
        if (targets == null) {
            throw new IllegalStateException("a loss without a teacher for data without targets");
        }
        return targets;
    }

    private static Tensor value(Map<String, Tensor> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    /** Returns logits with the classes on axis 1, where libtorch wants them: [N,C] or [N,C,...]. */
    Tensor classes() {
        var logits = logits();
        if (logits.dim() <= 1) {
            logits = logits.reshape(wanted().size(0), -1); // a sample alone, or one logit each
        } else if (logits.dim() > 2 && wanted().dim() == 1) {
            logits = logits.flatten(1, -1);
        }
        return unscaled(logits, 1);
    }

    /**
     * Returns logits whose softmax is what the model says: logarithms of what are probabilities already, however the graph made them; before a
     * single logit of two classes the other's, which is 0.
     */
    private static Tensor unscaled(Tensor logits, long axis) {
        if (logits.size(axis) == 1) {
            return torch.cat(new TensorVector(torch.zeros_like(logits), logits), axis);
        }
        var given = logits.detach();
        boolean probabilities = torch.ge(given, scalar(0)).all().item_bool()
                && torch.lt(sumOver(given, axis).sub(scalar(1)).abs(), scalar(1e-3))
                        .all()
                        .item_bool();
        return probabilities ? logits.clamp_min(scalar(1e-30)).log() : logits;
    }

    private static Tensor sumOver(Tensor values, long axis) {
        return values.sum(new long[] {axis}, false, new ScalarTypeOptional());
    }

    private Tensor wantedClasses() {
        var logits = classes();
        requireFit(logits.size(0) == wanted().size(0), "classes", logits);
        requireClasses(logits.size(1));
        return wanted();
    }

    private void requireClasses(long known) {
        long largest = wanted().numel() == 0 ? 0 : wanted().max().item_long();
        if (largest >= known) {
            throw new BadInputException(
                    "the data has the label " + largest + "; the model knows " + known + " classes",
                    "check that data and model belong together; classes are numbered from 0");
        }
    }

    private void requireFit(boolean fits, String what, Tensor output) {
        if (!fits) {
            throw new BadInputException(
                    "targets of " + sizes(wanted()) + " are " + what + "; the model's output of " + sizes(output)
                            + " has none",
                    "classes are whole numbers [N] for outputs [N,C], label sequences [N,L] for [N,T,C], values to hit fractions of the output's shape");
        }
    }

    private static String sizes(Tensor tensor) {
        return LongStream.range(0, tensor.dim())
                .map(tensor::size)
                .boxed()
                .toList()
                .toString();
    }

    private Tensor meanSquaredError() {
        var given = value(student, output);
        requireFit(given.numel() == wanted().numel(), "values to hit", given);
        return torch.mse_loss(given, wanted().view_as(given));
    }

    private static Tensor distance(Tensor left, Tensor right) {
        return torch.cosine_similarity(left, right, -1, 1e-8).mean().neg().add(scalar(1));
    }

    private Tensor ctc(int blank) {
        var output = logits(); // [N,T,C]
        if (output.dim() == 2 && wanted().size(0) == 1) {
            output = output.unsqueeze(0); // a model without an axis for samples
        }
        requireFit(output.dim() == 3 && output.size(0) == wanted().size(0), "label sequences", output);
        requireClasses(output.size(2));
        boolean probabilities = torch.ge(output.detach(), scalar(0)).all().item_bool();
        var logs = probabilities ? output.clamp_min(scalar(1e-30)).log() : output.log_softmax(-1);
        var labels = wanted();
        var lengths = torch.ge(labels, scalar(0)).sum(new long[] {1}, false, new ScalarTypeOptional());
        var times = torch.full_like(lengths, scalar((double) logs.size(1))).to(ScalarType.Long);
        return torch.ctc_loss(logs.transpose(0, 1), labels.clamp_min(scalar(0)), times, lengths, blank, MEAN, true);
    }

    private Tensor nextToken() {
        var logits = logits(); // [N,L,V]
        long length = logits.size(1);
        var ids = value(inputs, "input_ids").narrow(1, 1, length - 1);
        var mask = inputs.get("attention_mask");
        if (mask != null) {
            var padding = torch.eq(mask.narrow(1, 1, length - 1), scalar(0));
            ids = ids.masked_fill(padding, new Scalar(IGNORED));
        }
        var predicted = logits.narrow(1, 0, length - 1).reshape(-1, logits.size(2));
        return torch.cross_entropy_loss(predicted, ids.reshape(-1), new TensorOptional(), MEAN, IGNORED, 0);
    }

    private Tensor divergence(double temperature) {
        long axis = value(student, first).dim() == 4 ? 1 : -1; // dense prediction has its classes on axis 1
        var own = unscaled(value(student, first), axis);
        var given = unscaled(value(teacher, first), axis);
        var logs = own.div(scalar(temperature)).log_softmax(axis);
        var softened = given.div(scalar(temperature)).log_softmax(axis);
        var each = softened.exp().mul(softened.sub(logs)).sum(new long[] {axis}, false, new ScalarTypeOptional());
        return counted(each).mul(scalar(temperature * temperature));
    }

    private Tensor features(List<Loss.Feature> values) {
        Tensor sum = null;
        for (var feature : values) {
            var given = value(teacher, feature.name());
            for (var axis : feature.kept().entrySet()) {
                var indices = axis.getValue().stream().mapToLong(Integer::longValue);
                given = given.index_select(axis.getKey(), torch.tensor(indices.toArray()));
            }
            var each = value(student, feature.name()).sub(given).square();
            var relative = counted(each).div(given.var().add(scalar(1e-12)));
            sum = sum == null ? relative : sum.add(relative);
        }
        return Objects.requireNonNull(sum, "no values").div(scalar(values.size()));
    }

    /** Averages over all but padded tokens; {@code each} is [N,L,...] where there is an attention mask of [N,L]. */
    private Tensor counted(Tensor each) {
        var mask = inputs.get("attention_mask");
        if (mask == null || each.dim() < 2 || each.size(0) != mask.size(0) || each.size(1) != mask.size(1)) {
            return each.mean();
        }
        var rows = each.dim() == 2 ? each : each.flatten(2, -1).mean(2);
        var weights = mask.to(each.scalar_type());
        return rows.mul(weights).sum().div(weights.sum());
    }

    private Tensor pooled(Map<String, Tensor> values, Loss.Pooling pooling) {
        var tokens = value(values, first); // [N,L,H], or [N,H] from a model that pools itself
        if (tokens.dim() == 2) {
            return tokens;
        }
        var mask = inputs.get("attention_mask");
        if (pooling == Loss.Pooling.CLS) {
            return tokens.select(1, 0);
        }
        if (mask == null) {
            return tokens.mean(1);
        }
        var weights = mask.to(tokens.scalar_type()).unsqueeze(2);
        return tokens.mul(weights).sum(1).div(weights.sum(1));
    }

    private Tensor similarity(Loss.Pooling pooling) {
        return torch.mse_loss(cosines(pooled(student, pooling)), cosines(pooled(teacher, pooling)));
    }

    private static Tensor cosines(Tensor vectors) {
        var squares = vectors.square().sum(new long[] {1}, true, new ScalarTypeOptional());
        var unit = vectors.div(squares.sqrt().clamp_min(scalar(1e-8)));
        return unit.mm(unit.t());
    }

    private static Scalar scalar(double value) {
        return new Scalar(value);
    }
}
