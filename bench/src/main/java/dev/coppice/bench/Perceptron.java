package dev.coppice.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A multi-layer perceptron with ReLU between its layers, trained by softmax cross-entropy. */
final class Perceptron {

    private final List<DenseLayer> layers = new ArrayList<>();

    /** Makes an untrained net; {@code widths} go from the inputs to the classes. */
    Perceptron(List<Integer> widths, Random random) {
        for (int i = 1; i < widths.size(); i++) {
            layers.add(new DenseLayer(widths.get(i - 1), widths.get(i), random));
        }
    }

    List<DenseLayer> layers() {
        return List.copyOf(layers);
    }

    /** Returns the class with the highest logit. */
    int classify(float[] x) {
        var logits = activations(x).getLast();
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** Adds the gradient of one sample's loss, divided by {@code batch}, to the layers. */
    void learn(float[] x, int label, int batch) {
        var activations = activations(x);
        var gradient = lossGradient(activations.getLast(), label, batch);
        for (int i = layers.size() - 1; i >= 0; i--) {
            gradient = layers.get(i).backward(activations.get(i), gradient);
        }
    }

    void step(float rate, float momentum, float decay) {
        layers.forEach(layer -> layer.step(rate, momentum, decay));
    }

    /** Returns the input, the hidden values after ReLU, and the logits. */
    private List<float[]> activations(float[] x) {
        var values = new ArrayList<float[]>();
        values.add(x);
        for (var layer : layers) {
            var y = layer.forward(values.getLast());
            if (layer != layers.getLast()) {
                for (int i = 0; i < y.length; i++) {
                    y[i] = Math.max(0, y[i]);
                }
            }
            values.add(y);
        }
        return values;
    }

    /** Returns (softmax - one-hot) / batch. */
    private static float[] lossGradient(float[] logits, int label, int batch) {
        float most = logits[0];
        for (float logit : logits) {
            most = Math.max(most, logit);
        }
        var gradient = new float[logits.length];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            // Math.exp may differ between platforms in the last bit.
            gradient[i] = (float) StrictMath.exp(logits[i] - most);
            sum += gradient[i];
        }
        for (int i = 0; i < logits.length; i++) {
            gradient[i] = ((float) (gradient[i] / sum) - (i == label ? 1 : 0)) / batch;
        }
        return gradient;
    }
}
