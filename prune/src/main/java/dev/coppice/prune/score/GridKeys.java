package dev.coppice.prune.score;

import dev.coppice.ir.layer.UnitGrid;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.pattern.TileReader;

/**
 * Ranks rows, columns or blocks by a criterion. A piece is a band of whole unit rows, or, where one unit row holds very many
 * weights, a span of unit columns in it; either way its units are consecutive.
 */
final class GridKeys implements UnitKeys {

    /** Weights in a piece; as doubles they fit in a core's second-level cache. */
    private static final int TILE = 1 << 15;

    /** Least rows (columns) to read at once when memory runs down the rows (columns): two cache lines of floats. */
    private static final int LEAST_RUN = 32;

    private final String parameter;
    private final WeightMatrix matrix;
    private final UnitGrid grid;
    private final Scorer scorer;
    private final TileReader reader;
    private final boolean signed;
    private final int band; // unit rows in a piece
    private final int span; // unit columns in a piece
    private final int spans; // pieces side by side

    GridKeys(String parameter, WeightMatrix matrix, UnitGrid grid, Scorer scorer, boolean signed) {
        this.signed = signed;
        this.parameter = parameter;
        this.matrix = matrix;
        this.grid = grid;
        this.scorer = scorer;
        this.reader = new TileReader(matrix);
        long bandWeights = (long) grid.height() * grid.columns();
        if (bandWeights <= TILE || grid.unitColumns() == 1) {
            int least = reader.prefersTallTiles() ? Math.ceilDiv(LEAST_RUN, grid.height()) : 1;
            band = Math.min(grid.unitRows(), Math.max(least, (int) Math.max(1, TILE / bandWeights)));
            span = grid.unitColumns();
        } else {
            int least = reader.prefersTallTiles() ? 1 : Math.ceilDiv(LEAST_RUN, grid.width());
            band = 1;
            span = Math.min(grid.unitColumns(), Math.max(least, TILE / (grid.height() * grid.width())));
        }
        spans = Math.ceilDiv(grid.unitColumns(), span);
    }

    @Override
    public String parameter() {
        return parameter;
    }

    @Override
    public long units() {
        return grid.units();
    }

    @Override
    public int size(long unit) {
        return grid.size(unit);
    }

    @Override
    public boolean isEven() {
        return grid.isEven();
    }

    @Override
    public boolean isCostly() {
        return grid.height() * grid.width() >= 16;
    }

    @Override
    public int keyBits() {
        return 63;
    }

    @Override
    public int pieces() {
        return Math.multiplyExact(Math.ceilDiv(grid.unitRows(), band), spans);
    }

    @Override
    public long firstUnit(int piece) {
        return (long) (piece / spans) * band * grid.unitColumns() + (long) (piece % spans) * span;
    }

    @Override
    public int pieceUnits() {
        return band * span;
    }

    @Override
    public int read(int piece, long[] keys, Scratch scratch) {
        int row = piece / spans * band * grid.height();
        int column = piece % spans * span * grid.width();
        int height = Math.min(band * grid.height(), grid.rows() - row);
        int width = Math.min(span * grid.width(), grid.columns() - column);
        var tile = scratch.tile(height * width);
        reader.read(row, column, height, width, tile, scratch);
        var part = new Part(row, column, height, width);
        return score(tile, part, firstUnit(piece), keys, scorer.unit());
    }

    /** The rectangle of the matrix that a piece is. */
    private record Part(int row, int column, int height, int width) {}

    private int score(double[] tile, Part part, long firstUnit, long[] keys, Unit unit) {
        int rowStep = reader.rowStep(part.width());
        int columnStep = reader.columnStep(part.height());
        boolean single = grid.height() * grid.width() == 1;
        int count = 0;
        for (int r = 0; r < part.height(); r += grid.height()) {
            int bottom = Math.min(r + grid.height(), part.height());
            for (int c = 0; c < part.width(); c += grid.width()) {
                int right = Math.min(c + grid.width(), part.width());
                var weights = unit.room(grid.height() * grid.width());
                int size = 0;
                for (int y = r; y < bottom; y++) {
                    for (int x = c; x < right; x++) {
                        weights[size++] = tile[y * rowStep + x * columnStep];
                    }
                }
                int row = part.row() + r;
                int column = part.column() + c;
                fill(unit, row, column, bottom - r, right - c);
                unit.become(single ? reader.element(row, column) : firstUnit + count, size);
                keys[count++] = key(scorer.judge(unit));
            }
        }
        return count;
    }

    /** Puts the evidence about a rectangle of weights into a unit. */
    private void fill(Unit unit, int row, int column, int height, int width) {
        var kinds = scorer.kinds();
        for (int k = 0; k < kinds.length; k++) {
            var values = scorer.values(k);
            switch (kinds[k].subject()) {
                case OUTPUT -> unit.room(kinds[k], 1)[0] = values.at(row, column, 0);
                case UNIT -> unit.room(kinds[k], 1)[0] = values.at(grid.width() < grid.columns() ? column : row, 0, 0);
                case STRUCTURE -> throw new IllegalArgumentException(kinds[k] + " is of whole structures");
                case INPUT, WEIGHT -> {
                    var room = unit.room(kinds[k], grid.height() * grid.width());
                    int at = 0;
                    for (int y = row; y < row + height; y++) {
                        for (int x = column; x < column + width; x++) {
                            room[at++] = values.at(y, x, reader.element(y, x));
                        }
                    }
                }
            }
        }
    }

    /** Returns a number of 63 bits that orders like a score; what is no finite number becomes infinity. */
    private long key(double score) {
        if (!(Math.abs(score) <= Double.MAX_VALUE)) {
            return infinity();
        }
        long bits = Double.doubleToRawLongBits(score);
        return signed ? (bits >= 0 ? bits ^ Long.MIN_VALUE : ~bits) >>> 1 : bits & Long.MAX_VALUE;
    }

    @Override
    public long infinity() {
        long bits = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);
        return signed ? (bits ^ Long.MIN_VALUE) >>> 1 : bits;
    }

    @Override
    public RuntimeException nonFinite() {
        return NonFinite.find(parameter, matrix);
    }
}
