package dev.coppice.train.torch;

import dev.coppice.ir.Node;
import dev.coppice.ir.layer.WeightOperator;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The order in memory of the images that a network computes with: channels outermost, as ONNX writes them, or innermost. Innermost, oneDNN
 * convolves without reordering, and pooling and normalisation run in vectors; libtorch's operations hand the order on until one needs
 * another. But its BatchNormalization of such images is up to five times as slow as the other where the channels do not fill its vectors
 * of 8, as they rarely do once channels have been removed.
 */
enum Layout {
    CHANNELS_FIRST,
    CHANNELS_LAST;

    private static final long VECTOR = 8;

    /** Returns the order that suits most of some nodes. */
    static Layout of(List<Node> nodes, Map<String, dev.coppice.ir.Tensor> constants) {
        boolean images = false;
        int slower = 0;
        for (var node : nodes) {
            images |= WeightOperator.CONV.is(node);
            var scale = node.is("BatchNormalization") ? constants.get(node.input(1)) : null;
            if (scale != null) {
                slower += scale.size() % VECTOR == 0 ? -1 : 1;
            }
        }
        return images && slower <= 0 ? CHANNELS_LAST : CHANNELS_FIRST;
    }

    /** Returns images in this order, and anything else as it is; what is new belongs to the scope that is open. */
    Tensor arrange(Tensor x) {
        return this == CHANNELS_LAST && x.dim() == 4 && x.scalar_type().intern() == torch.ScalarType.Float
                ? x.to(x.options(), false, false, new MemoryFormatOptional(torch.MemoryFormat.ChannelsLast))
                : x;
    }
}
