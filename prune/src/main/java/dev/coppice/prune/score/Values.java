package dev.coppice.prune.score;

/** Evidence of one kind about one layer. */
public sealed interface Values {

    /**
     * Returns the number for a weight.
     *
     * @param row of the weight matrix
     * @param column of the weight matrix
     * @param element of the stored tensor
     */
    double at(int row, int column, long element);

    /**
     * One number for each column, separately for each block of rows that has inputs of its own, as in grouped convolutions.
     *
     * @param numbers block after block
     * @param rows of a block
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Columns(double[] numbers, int columns, int rows) implements Values {
        @Override
        public double at(int row, int column, long element) {
            return numbers[row / rows * columns + column];
        }
    }

    /** One number for each row; for each unit where it is about units. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Rows(double[] numbers) implements Values {
        @Override
        public double at(int row, int column, long element) {
            return numbers[row];
        }
    }

    /** One number for each element of the stored tensor. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Elements(float[] numbers) implements Values {
        @Override
        public double at(int row, int column, long element) {
            return numbers[(int) element];
        }
    }
}
