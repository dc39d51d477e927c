package dev.coppice.ir.shape;

import java.util.List;

/** Infers the outputs of one operator. */
@FunctionalInterface
interface Rule {

    /** Returns what is known of the outputs, in their order; those it leaves out at the end are unknown. */
    List<Typed> infer(NodeContext in);
}
