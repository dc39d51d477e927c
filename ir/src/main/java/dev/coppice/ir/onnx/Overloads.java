package dev.coppice.ir.onnx;

import dev.coppice.ir.Node;

/** Which of several functions of one name a node calls. */
public final class Overloads {

    private static final int OVERLOAD = 8;

    private Overloads() {}

    /** Returns the overload that a node names (IR version 10); mostly an empty string. */
    public static String of(Node node) {
        var in = new WireReader(node.carried().fields());
        while (in.next()) {
            if (in.field() == OVERLOAD) {
                return in.string();
            }
            in.carry();
        }
        return "";
    }
}
