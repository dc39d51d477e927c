package dev.coppice.bench;

import java.util.Random;

/**
 * A fully connected layer with its gradient and momentum, trained by plain loops. Every sum has one fixed order and no operation's
 * rounding is left to the platform, so that training gives the same bits everywhere.
 */
final class DenseLayer {

    private final int inputs;
    private final int outputs;
    private final float[] weights; // [inputs, outputs]: inner loops run over outputs, which are independent sums
    private final float[] bias; // [outputs]
    private final float[] weightGradient;
    private final float[] biasGradient;
    private final float[] weightVelocity;
    private final float[] biasVelocity;

    /** Makes a layer with zero bias and weights drawn uniformly with variance 2 / inputs (He et al. 2015, section 2.2). */
    DenseLayer(int inputs, int outputs, Random random) {
        this.inputs = inputs;
        this.outputs = outputs;
        weights = new float[inputs * outputs];
        bias = new float[outputs];
        weightGradient = new float[weights.length];
        biasGradient = new float[outputs];
        weightVelocity = new float[weights.length];
        biasVelocity = new float[outputs];
        float bound = (float) Math.sqrt(6.0 / inputs);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (2 * random.nextFloat() - 1) * bound;
        }
    }

    int inputs() {
        return inputs;
    }

    int outputs() {
        return outputs;
    }

    /** Returns {@code x W + b} for one sample; {@code x} holds [inputs] values. */
    float[] forward(float[] x) {
        var y = bias.clone();
        for (int i = 0; i < inputs; i++) {
            float scale = x[i];
            if (scale != 0) {
                int row = i * outputs;
                for (int o = 0; o < outputs; o++) {
                    y[o] += scale * weights[row + o];
                }
            }
        }
        return y;
    }

    /** Adds one sample's share to the gradients and returns the gradient of the loss by {@code x}. */
    float[] backward(float[] x, float[] byOutput) {
        var byInput = new float[inputs];
        for (int i = 0; i < inputs; i++) {
            float scale = x[i];
            if (scale != 0) {
                int row = i * outputs;
                float sum = 0;
                for (int o = 0; o < outputs; o++) {
                    weightGradient[row + o] += scale * byOutput[o];
                    sum += weights[row + o] * byOutput[o];
                }
                // Inputs are pixels or come from a ReLU, whose gradient is zero where its value is.
                byInput[i] = sum;
            }
        }
        for (int o = 0; o < outputs; o++) {
            biasGradient[o] += byOutput[o];
        }
        return byInput;
    }

    /** Moves the parameters one step of SGD with momentum and weight decay, and clears the gradients. */
    void step(float rate, float momentum, float decay) {
        for (int i = 0; i < weights.length; i++) {
            weightVelocity[i] = momentum * weightVelocity[i] + weightGradient[i] + decay * weights[i];
            weights[i] -= rate * weightVelocity[i];
            weightGradient[i] = 0;
        }
        for (int o = 0; o < outputs; o++) {
            biasVelocity[o] = momentum * biasVelocity[o] + biasGradient[o];
            bias[o] -= rate * biasVelocity[o];
            biasGradient[o] = 0;
        }
    }

    float[] bias() {
        return bias.clone();
    }

    /** Returns the weights as [outputs, inputs], the order of exporters. */
    float[] weightsByOutput() {
        var transposed = new float[weights.length];
        for (int i = 0; i < inputs; i++) {
            for (int o = 0; o < outputs; o++) {
                transposed[o * inputs + i] = weights[i * outputs + o];
            }
        }
        return transposed;
    }
}
