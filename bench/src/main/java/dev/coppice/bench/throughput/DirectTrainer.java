package dev.coppice.bench.throughput;

import dev.coppice.ir.DType;
import dev.coppice.train.Optimizer;
import dev.coppice.train.torch.Precision;
import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Tensors;
import dev.coppice.train.torch.Weights;
import java.util.HashMap;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Trains as {@link dev.coppice.train.Trainer} does, without its graph, its checks and its generality. */
final class DirectTrainer implements AutoCloseable {

    private final Workload workload;
    private final Weights weights;
    private final Network.Parameters parameters;
    private final Tensor first;
    private final Tensor second;
    private long steps;

    DirectTrainer(Workload workload) {
        this.workload = workload;
        weights = Weights.of(
                workload.model(), _ -> false, workload.spec().learnt().embeddings());
        var tensors = new HashMap<String, Tensor>();
        for (var constant : workload.model().graph().initializers()) {
            if (constant.type() == DType.FLOAT) {
                tensors.put(constant.name(), Scope.keep(Tensors.shared(constant, Precision.FLOAT32)));
            }
        }
        tensors.putAll(weights.bound());
        parameters = new Network.Parameters(tensors);
        first = Scope.keep(torch.zeros_like(weights.values()));
        second = Scope.keep(torch.zeros_like(weights.values()));
    }

    /** Learns from the batch once and returns the loss before. */
    double step() {
        try (var _ = new Scope()) {
            var inputs = new HashMap<String, Tensor>();
            workload.batch()
                    .inputs()
                    .forEach((name, tensor) -> inputs.put(name, Tensors.shared(tensor, Precision.FLOAT32)));
            var targets = Tensors.shared(workload.batch().targets().orElseThrow(), Precision.FLOAT32);
            var loss = loss(workload.network().forward(inputs, parameters), targets);
            double value = loss.item_double();
            loss.backward();
            try (var _ = new NoGradGuard()) {
                update(workload.spec().updating().optimizer(), workload.rate());
                weights.gradients().zero_();
            }
            return value;
        }
    }

    private static Tensor loss(Tensor output, Tensor targets) {
        return targets.is_floating_point()
                ? torch.mse_loss(output, targets)
                : torch.cross_entropy_loss(output, targets, new TensorOptional(), 1, -100, 0);
    }

    private void update(Optimizer optimizer, double rate) {
        steps++;
        var values = weights.values();
        var gradients = weights.gradients();
        switch (optimizer) {
            case Optimizer.Sgd sgd -> {
                gradients
                        .narrow(0, 0, weights.decayed())
                        .add_(values.narrow(0, 0, weights.decayed()), new Scalar(sgd.weightDecay()));
                first.mul_(new Scalar(sgd.momentum())).add_(gradients);
                values.add_(gradients, new Scalar(-rate));
                values.add_(first, new Scalar(-rate * sgd.momentum()));
            }
            case Optimizer.AdamW adam -> {
                values.narrow(0, 0, weights.decayed()).mul_(new Scalar(1 - rate * adam.weightDecay()));
                first.lerp_(gradients, new Scalar(1 - adam.beta1()));
                second.mul_(new Scalar(adam.beta2())).addcmul_(gradients, gradients, new Scalar(1 - adam.beta2()));
                double correction = Math.sqrt(1 - Math.pow(adam.beta2(), (double) steps));
                var divisor = second.sqrt().div_(new Scalar(correction)).add_(new Scalar(adam.epsilon()));
                values.addcdiv_(first, divisor, new Scalar(-rate / (1 - Math.pow(adam.beta1(), (double) steps))));
            }
        }
    }

    @Override
    public void close() {
        weights.close();
        Scope.free(first);
        Scope.free(second);
    }
}
