package dev.coppice.ir.shape;

/** Ranks that operators ask of an input, whatever it is. */
final class RankNeeds {

    private RankNeeds() {}

    /** Returns the only rank that input {@code i} of a node can have; -1 when there are several, or it is not known. */
    static int of(NodeContext in, int i) {
        return switch (in.node().operator()) {
            case "Conv", "ConvTranspose", "ConvInteger", "DeformConv", "com.microsoft::FusedConv" ->
                i == 0 ? rank(in, 1) : i == 1 ? rank(in, 0) : -1;
            case "Gemm", "com.microsoft::FusedGemm" -> i < 2 ? 2 : -1;
            case "LSTM" -> i < 3 || i == 5 || i == 6 ? 3 : -1;
            case "GRU", "RNN" -> i < 3 || i == 5 ? 3 : -1;
            case "DepthToSpace", "SpaceToDepth", "RoiAlign", "MaxRoiPool" -> i == 0 ? 4 : -1;
            case "Col2Im" -> i == 0 ? 3 : -1;
            case "MaxPool", "AveragePool", "LpPool", "MaxUnpool" -> i == 0 ? size(in, "kernel_shape", 2) : -1;
            case "Transpose" -> i == 0 ? size(in, "perm", 0) : -1;
            case "Tile" -> i == 0 ? elements(in, 1) : -1;
            case "Pad" -> i == 0 && !in.has(3) ? pads(in) : -1;
            default -> -1;
        };
    }

    private static int rank(NodeContext in, int i) {
        var shape = in.shape(i);
        return shape == null ? -1 : shape.rank();
    }

    private static int size(NodeContext in, String attribute, int more) {
        var values = in.ints(attribute);
        return values == null ? -1 : values.size() + more;
    }

    private static int elements(NodeContext in, int i) {
        var terms = in.terms(i);
        return terms == null ? -1 : terms.size();
    }

    private static int pads(NodeContext in) {
        int count = in.has(1) ? elements(in, 1) : size(in, "pads", 0);
        return count < 0 ? -1 : count / 2;
    }
}
