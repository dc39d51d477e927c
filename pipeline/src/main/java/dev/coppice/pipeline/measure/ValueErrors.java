package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.LinkedHashMap;

/**
 * Holds a model's numbers against the values that they should be: the coefficient of determination, 1 minus the squared errors over the
 * squared distances from the mean of each column, summed over the columns. Where all values of every column are alike it has no meaning,
 * and the mean squared error leads.
 */
final class ValueErrors {

    private final OrtModel model;
    private double[] sums = {};
    private double[] squares = {};
    private double squaredError;
    private double absoluteError;
    private long samples;

    ValueErrors(OrtModel model) {
        this.model = model;
    }

    /** Adds a batch; {@code values} cover its samples only. */
    void add(HostTensor output, HostTensor values) {
        int rows = Math.toIntExact(values.sizes()[0]);
        int columns = values.size() / Math.max(1, rows);
        boolean alone = rows == 1 && output.size() == columns; // perhaps from a model without an axis for samples
        boolean batch = !output.dims().isEmpty()
                && output.dims().getFirst() >= rows
                && output.size() == output.dims().getFirst() * columns;
        if (columns == 0 || !(alone || batch)) {
            throw new BadModelException(
                    "the output of " + model.path() + " is " + output + ", the data's values are " + values,
                    "values to hit have the shape of the output; for classes save whole numbers");
        }
        if (sums.length == 0) {
            sums = new double[columns];
            squares = new double[columns];
        }
        var given = output.toDoubles();
        var wanted = values.toDoubles();
        for (int i = 0; i < wanted.length; i++) {
            double error = given[i] - wanted[i];
            if (!Double.isFinite(error)) {
                throw new BadModelException(
                        model.path() + " gives " + given[i] + " for sample " + (samples + i / columns),
                        "check the preprocessing; if the unpruned model does not, pruning broke it");
            }
            squaredError += error * error;
            absoluteError += Math.abs(error);
            sums[i % columns] += wanted[i];
            squares[i % columns] += wanted[i] * wanted[i];
        }
        samples += rows;
    }

    Quality quality() {
        if (samples == 0) {
            throw new BadInputException("the data holds no samples", "check the file, --split and --limit");
        }
        double spread = 0;
        for (int c = 0; c < sums.length; c++) {
            spread += Math.max(0, squares[c] - sums[c] * sums[c] / samples);
        }
        double elements = (double) samples * sums.length;
        var more = new LinkedHashMap<String, Double>();
        double meanSquare = squaredError / elements;
        boolean varies = spread > 1e-12 * elements;
        if (varies) {
            more.put("mse", meanSquare);
        }
        more.put("mae", absoluteError / elements);
        return varies
                ? new Quality("r2", 1 - squaredError / spread, true, more, samples)
                : new Quality("mse", meanSquare, false, more, samples);
    }
}
