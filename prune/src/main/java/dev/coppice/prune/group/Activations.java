package dev.coppice.prune.group;

/** What is known of a model's activations on calibration data. */
@FunctionalInterface
public interface Activations {

    /**
     * Returns the mean square of each index of a value's axis, over all other axes and all samples.
     *
     * @throws IllegalArgumentException when the value was not observed
     */
    double[] energy(String value, int axis);
}
