package dev.coppice.ir.shape;

import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** Operators with bodies. These are not entered; what they declare of their outputs is believed as far as type and rank. */
final class ControlFlowRules {

    static final Map<String, Rule> RULES = Map.of("If", ControlFlowRules::branches);

    private ControlFlowRules() {}

    /** A branch may leave its sizes to the data, so that only what all branches say of an output is kept of it. */
    private static List<Typed> branches(NodeContext in) {
        var outputs = new ArrayList<Typed>();
        for (int i = 0; i < in.node().outputs().size(); i++) {
            var declared = new HashSet<Typed>();
            for (var body : in.node().bodies()) {
                declared.add(i < body.outputs().size() ? ranked(body.outputs().get(i)) : Typed.UNKNOWN);
            }
            outputs.add(declared.size() == 1 ? declared.iterator().next() : Typed.UNKNOWN);
        }
        return outputs;
    }

    private static Typed ranked(ValueInfo output) {
        var shape = output.shape();
        return shape == null ? Typed.of(output.type(), (Shape) null) : Typed.ofRank(output.type(), shape.rank());
    }
}
