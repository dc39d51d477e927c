package dev.coppice.prune.solve;

import dev.coppice.ir.host.Parallel;

/**
 * Ridge regression by normal equations, streaming: {@code min sum |y - x W - b|^2 + r |W - W0|^2}, where the ridge {@code r} is a share
 * of the mean diagonal of {@code X'X} and pulls towards the weights that there were (He et al. 2017, section 3.1, reconstruct by
 * least squares). Sums are kept in float64; the intercept is eliminated by centring.
 *
 * <p>In plain Java: a system of 1,536 unknowns takes seconds, and a native BLAS loaded before libtorch's settings would slow training
 * down (docs/adr/0007-training-on-libtorch.md).
 */
public final class LeastSquares {

    private static final int TILE = 4;
    private static final int BLOCK = 64; // samples whose float64 values stay in a core's cache

    private final int inputs;
    private final int outputs;
    private final boolean intercept;
    private final Parallel parallel;
    private final double[][] gram; // X'X, [inputs, made even][inputs], the lower triangle
    private final double[][] cross; // X'Y, [inputs, made even][outputs]
    private final double[] sumX;
    private final double[] sumY;
    private long samples;

    /** @param intercept whether there is a bias to fit, too */
    public LeastSquares(int inputs, int outputs, boolean intercept, Parallel parallel) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.intercept = intercept;
        this.parallel = inputs < BLOCK ? Parallel.ONE : parallel; // starting threads costs more than a small system
        this.gram = new double[even(inputs)][inputs];
        this.cross = new double[even(inputs)][outputs];
        this.sumX = new double[inputs];
        this.sumY = new double[outputs];
    }

    /**
     * Adds samples.
     *
     * @param x [rows, inputs], row-major
     * @param y [rows, outputs], row-major
     */
    public void add(float[] x, float[] y, int rows) {
        for (int first = 0; first < rows; first += BLOCK) {
            int count = Math.min(BLOCK, rows - first);
            var values = block(x, first, count, sumX);
            var targets = block(y, first, count, sumY);
            // Each row of the sums belongs to one task, so that the result does not depend on threads.
            parallel.forEach(Math.ceilDiv(inputs, TILE), () -> tile -> {
                int i = tile * TILE;
                int end = Math.min(inputs, i + TILE);
                accumulate(gram, values, values, i, end, end);
                accumulate(cross, values, targets, i, end, outputs);
            });
        }
        samples += rows;
    }

    /** Returns some rows in float64, filled up with zeros to whole tiles and pairs, and adds them to the sums of the columns. */
    private static double[][] block(float[] from, int first, int count, double[] sums) {
        int width = sums.length;
        var rows = new double[Math.ceilDiv(count, TILE) * TILE][even(width)];
        for (int row = 0; row < count; row++) {
            for (int j = 0; j < width; j++) {
                rows[row][j] = from[(first + row) * width + j];
                sums[j] += rows[row][j];
            }
        }
        return rows;
    }

    /** Adds {@code sum over rows of factors[row][i] * values[row]} to {@code sums[i]}, for some {@code i} and the first columns. */
    private static void accumulate(
            double[][] sums, double[][] factors, double[][] values, int start, int end, int columns) {
        for (int row = 0; row < values.length; row += TILE) {
            for (int i = start; i < end; i += 2) {
                pair(sums, factors, values, i, row, columns);
            }
        }
    }

    private static int even(int count) {
        return count + count % 2;
    }

    /** Four samples to two rows of the sums: what is loaded is used twice. */
    private static void pair(double[][] sums, double[][] factors, double[][] values, int i, int row, int columns) {
        double a0 = factors[row][i];
        double b0 = factors[row + 1][i];
        double c0 = factors[row + 2][i];
        double d0 = factors[row + 3][i];
        double a1 = factors[row][i + 1];
        double b1 = factors[row + 1][i + 1];
        double c1 = factors[row + 2][i + 1];
        double d1 = factors[row + 3][i + 1];
        var a = values[row];
        var b = values[row + 1];
        var c = values[row + 2];
        var d = values[row + 3];
        var sum0 = sums[i];
        var sum1 = sums[i + 1];
        for (int j = 0; j < columns; j++) {
            sum0[j] += a0 * a[j] + b0 * b[j] + c0 * c[j] + d0 * d[j];
            sum1[j] += a1 * a[j] + b1 * b[j] + c1 * c[j] + d1 * d[j];
        }
    }

    public long samples() {
        return samples;
    }

    /**
     * Weights and, where one was asked for, a bias.
     *
     * @param weights [inputs][outputs]
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    public record Solution(double[][] weights, double[] bias) {}

    /**
     * Solves for what has been added.
     *
     * @param before the weights to stay close to, [inputs][outputs]
     * @param ridge share of the mean diagonal, above 0
     * @throws ArithmeticException when nothing was added, or what was is not finite
     */
    public Solution solve(double[][] before, double ridge) {
        if (samples == 0) {
            throw new ArithmeticException("no samples");
        }
        var left = new double[inputs][];
        double trace = 0;
        for (int i = 0; i < inputs; i++) {
            left[i] = gram[i].clone();
            for (int j = 0; intercept && j <= i; j++) {
                left[i][j] -= sumX[i] * sumX[j] / samples;
            }
            trace += left[i][i];
        }
        double pull = trace > 0 ? ridge * trace / inputs : 1;
        var weights = new double[inputs][outputs];
        for (int i = 0; i < inputs; i++) {
            left[i][i] += pull;
            for (int o = 0; o < outputs; o++) {
                weights[i][o] = cross[i][o] - (intercept ? sumX[i] * sumY[o] / samples : 0) + pull * before[i][o];
            }
        }
        cholesky(left, parallel);
        substitute(left, weights);
        var bias = new double[outputs];
        for (int o = 0; intercept && o < outputs; o++) {
            bias[o] = sumY[o] / samples;
            for (int i = 0; i < inputs; i++) {
                bias[o] -= sumX[i] / samples * weights[i][o];
            }
        }
        return new Solution(weights, bias);
    }

    /** Replaces the lower triangle of a positive definite matrix by its Cholesky factor, some columns at a time. */
    private static void cholesky(double[][] a, Parallel parallel) {
        for (int first = 0; first < a.length; first += BLOCK) {
            int start = first;
            int end = Math.min(a.length, first + BLOCK);
            for (int i = start; i < end; i++) {
                eliminate(a, i, start, i);
                double pivot = a[i][i];
                for (int k = 0; k < i; k++) {
                    pivot -= a[i][k] * a[i][k];
                }
                if (!(pivot > 0)) {
                    throw new ArithmeticException("the samples' squares are not finite");
                }
                a[i][i] = Math.sqrt(pivot);
            }
            parallel.forEach(a.length - end, () -> row -> eliminate(a, end + row, start, end));
        }
    }

    /** Finishes some columns of a row, of which those before are finished, with the rows of their pivots. */
    private static void eliminate(double[][] a, int i, int start, int end) {
        var row = a[i];
        for (int j = start; j < end; j++) {
            var pivotRow = a[j];
            double sum = row[j];
            for (int k = 0; k < j; k++) {
                sum -= row[k] * pivotRow[k];
            }
            row[j] = sum / pivotRow[j];
        }
    }

    /** Solves {@code L L' W = B} in place; rows of B are handled whole, so that the inner loops run along memory. */
    private static void substitute(double[][] factor, double[][] b) {
        int n = b.length;
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                subtract(b[i], b[k], factor[i][k]);
            }
            scale(b[i], 1 / factor[i][i]);
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                subtract(b[i], b[k], factor[k][i]);
            }
            scale(b[i], 1 / factor[i][i]);
        }
    }

    private static void subtract(double[] row, double[] other, double factor) {
        for (int o = 0; o < row.length; o++) {
            row[o] -= factor * other[o];
        }
    }

    private static void scale(double[] row, double factor) {
        for (int o = 0; o < row.length; o++) {
            row[o] *= factor;
        }
    }
}
