package dev.coppice.prune.score;

import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.pattern.TileReader;
import dev.coppice.prune.pattern.UnitGrid;
import dev.coppice.prune.pattern.WeightMatrix;

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
    private final int band; // unit rows in a piece
    private final int span; // unit columns in a piece
    private final int spans; // pieces side by side

    GridKeys(String parameter, WeightMatrix matrix, UnitGrid grid, Scorer scorer) {
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
        return score(tile, height, width, firstUnit(piece), keys, scratch.unit(grid.height() * grid.width()));
    }

    private int score(double[] tile, int height, int width, long firstUnit, long[] keys, double[] unit) {
        int rowStep = reader.rowStep(width);
        int columnStep = reader.columnStep(height);
        int count = 0;
        for (int r = 0; r < height; r += grid.height()) {
            int bottom = Math.min(r + grid.height(), height);
            for (int c = 0; c < width; c += grid.width()) {
                int right = Math.min(c + grid.width(), width);
                int size = 0;
                for (int y = r; y < bottom; y++) {
                    for (int x = c; x < right; x++) {
                        unit[size++] = tile[y * rowStep + x * columnStep];
                    }
                }
                double score = scorer.score(unit, size, firstUnit + count);
                keys[count++] = Double.doubleToRawLongBits(score) & Long.MAX_VALUE;
            }
        }
        return count;
    }

    @Override
    public RuntimeException nonFinite() {
        return NonFinite.find(parameter, matrix);
    }
}
