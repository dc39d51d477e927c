package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.List;
import java.util.Map;

/** Recurrent layers: input {@code [steps, batch, width]}, or {@code [batch, steps, width]} when {@code layout} is 1. */
final class RecurrentRules {

    static final Map<String, Rule> RULES =
            Map.of("LSTM", RecurrentRules::infer, "GRU", RecurrentRules::infer, "RNN", RecurrentRules::infer);

    private RecurrentRules() {}

    private static List<Typed> infer(NodeContext in) {
        var shape = in.shape(0);
        if (shape == null) {
            var unknown = Typed.of(in.type(0), (Shape) null);
            return List.of(unknown, unknown, unknown);
        }
        in.rank(shape, 3, 3);
        boolean batchFirst = in.integer("layout", 0) != 0;
        var batch = shape.dim(batchFirst ? 0 : 1);
        var steps = shape.dim(batchFirst ? 1 : 0);
        var directions =
                Dim.of(in.node().stringAttribute("direction", "forward").equals("bidirectional") ? 2 : 1);
        // The recurrent weight is [directions, gates * hidden, hidden].
        var hidden = in.integer("hidden_size", -1) >= 0 ? Dim.of(in.integer("hidden_size", 0)) : in.dim(2, 2);
        var type = in.type(0);
        var last = batchFirst ? Typed.of(type, batch, directions, hidden) : Typed.of(type, directions, batch, hidden);
        var all = batchFirst
                ? Typed.of(type, batch, steps, directions, hidden)
                : Typed.of(type, steps, directions, batch, hidden);
        return List.of(all, last, last);
    }
}
