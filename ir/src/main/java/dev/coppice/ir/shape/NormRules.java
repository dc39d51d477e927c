package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Normalisations: the output is like the input, statistics are smaller. */
final class NormRules {

    static final Map<String, Rule> RULES = Map.of(
            "BatchNormalization", NormRules::batchNorm,
            "InstanceNormalization", in -> List.of(in.like(0)),
            "GroupNormalization", in -> List.of(in.like(0)),
            "LayerNormalization", NormRules::layerNorm,
            "RMSNormalization", in -> List.of(in.like(0)),
            "SimplifiedLayerNormalization", NormRules::layerNorm,
            "com.microsoft::SimplifiedLayerNormalization", NormRules::layerNorm,
            "com.microsoft::SkipLayerNormalization", NormRules::skipNorm,
            "com.microsoft::SkipSimplifiedLayerNormalization", NormRules::skipNorm,
            "com.microsoft::EmbedLayerNormalization", NormRules::embedNorm);

    private NormRules() {}

    /** In training mode running mean and variance follow; before opset 14 also the batch's own. */
    private static List<Typed> batchNorm(NodeContext in) {
        var channels = Typed.of(in.type(0), in.dim(0, channelAxis(in)));
        return List.of(in.like(0), channels, channels, channels, channels);
    }

    private static int channelAxis(NodeContext in) {
        var shape = in.shape(0);
        return shape != null && shape.rank() == 1 ? 0 : 1;
    }

    /** Mean and inverse deviation are float32 unless {@code stash_type} says otherwise, and 1 along the axes normalised over. */
    private static List<Typed> layerNorm(NodeContext in) {
        var statistics = in.map(0, shape -> {
            var dims = new ArrayList<Dim>();
            int axis = in.axis(in.integer("axis", -1), shape.rank());
            for (int i = 0; i < shape.rank(); i++) {
                dims.add(i < axis ? shape.dim(i) : Dim.of(1));
            }
            return new Shape(dims);
        });
        var typed = Typed.of(in.typeAttribute("stash_type", DType.FLOAT), statistics.shape());
        return List.of(in.like(0), typed, typed);
    }

    /** The fourth output is the sum of the input, the skip connection and the bias. */
    private static List<Typed> skipNorm(NodeContext in) {
        return List.of(in.like(0), Typed.UNKNOWN, Typed.UNKNOWN, in.like(0));
    }

    /** Ids {@code [batch, tokens]} become {@code [batch, tokens, width]}, a mask becomes its sums {@code [batch]}. */
    private static List<Typed> embedNorm(NodeContext in) {
        var embedded = Typed.of(in.type(2), in.dim(0, 0), in.dim(0, 1), in.dim(2, 1));
        return List.of(embedded, Typed.of(DType.INT32, in.dim(0, 0)), embedded);
    }
}
