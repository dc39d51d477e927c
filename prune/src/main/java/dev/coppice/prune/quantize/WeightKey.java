package dev.coppice.prune.quantize;

import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.weight.Weight;
import java.util.Objects;

/** A weight as int8 needs it: two layers with equal keys share one tensor. */
record WeightKey(Weight weight, int axis) {

    /** Returns the weight as MatMulInteger wants it, {@code [K, N]} with a scale a column, or as Gather does, with a scale a row. */
    static WeightKey of(Int8Site site) {
        var node = site.node();
        if (node.is("Gather")) {
            return new WeightKey(site.weight(), 0);
        }
        boolean transposed = LinearLayer.isTransposed(node, 1);
        return new WeightKey(transposed ? transpose(site.weight()) : site.weight(), 1);
    }

    /** Returns the same numbers with the same scales, columns for rows. */
    WeightKey transposed() {
        return new WeightKey(transpose(weight), 1 - axis);
    }

    private static Weight transpose(Weight weight) {
        return new Weight(
                weight.name(),
                weight.source(),
                weight.dims().reversed(),
                weight.strides().reversed(),
                weight.offset());
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // equal tensors in two places are still two tensors
    public boolean equals(Object other) {
        return other instanceof WeightKey(var its, int itsAxis)
                && weight.source() == its.source()
                && weight.offset() == its.offset()
                && weight.dims().equals(its.dims())
                && weight.strides().equals(its.strides())
                && axis == itsAxis;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                System.identityHashCode(weight.source()), weight.offset(), weight.dims(), weight.strides(), axis);
    }
}
