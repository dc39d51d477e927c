package dev.coppice.prune.score;

import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.pattern.TileReader;

/** Distances between the rows, or the columns, of a weight matrix. */
public final class Distances {

    private Distances() {}

    static double[] of(WeightMatrix matrix, boolean columns) {
        int height = matrix.rowCount();
        int width = matrix.columnCount();
        var reader = new TileReader(matrix);
        var tile = new double[Math.multiplyExact(height, width)];
        reader.read(0, 0, height, width, tile, new Scratch());
        var vectors = new double[columns ? width : height][columns ? height : width];
        for (int r = 0; r < height; r++) {
            for (int c = 0; c < width; c++) {
                double weight = tile[r * reader.rowStep(width) + c * reader.columnStep(height)];
                if (columns) {
                    vectors[c][r] = weight;
                } else {
                    vectors[r][c] = weight;
                }
            }
        }
        return sums(vectors);
    }

    /** Returns for each vector the sum of its Euclidean distances from all others. */
    public static double[] sums(double[][] vectors) {
        var sums = new double[vectors.length];
        for (int a = 0; a < vectors.length; a++) {
            for (int b = 0; b < a; b++) {
                double square = 0;
                for (int i = 0; i < vectors[a].length; i++) {
                    double difference = vectors[a][i] - vectors[b][i];
                    square += difference * difference;
                }
                double distance = Math.sqrt(square);
                sums[a] += distance;
                sums[b] += distance;
            }
        }
        return sums;
    }
}
