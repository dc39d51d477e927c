package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** Einstein's summation: {@code "bij,bjk->bik"}, with an ellipsis for axes in common, and the output left out for the default one. */
final class Einsum {

    private Einsum() {}

    static List<Typed> infer(NodeContext in) {
        var text = in.node().stringAttribute("equation", "");
        var shapes = new ArrayList<Shape>();
        for (int i = 0; i < in.inputs().size(); i++) {
            var shape = in.shape(i);
            if (shape == null) {
                return List.of(Typed.of(in.type(0), (Shape) null));
            }
            shapes.add(shape);
        }
        var equation = EinsumTerms.of(text, shapes.stream().map(Shape::rank).toList())
                .orElseThrow(() -> in.bad("equation '%s' for inputs of shapes %s".formatted(text, shapes)));
        var sizes = new HashMap<Character, Dim>();
        for (int i = 0; i < shapes.size(); i++) {
            var letters = equation.operands().get(i);
            for (int axis = 0; axis < letters.length(); axis++) {
                // A size of 1 may be broadcast.
                sizes.merge(
                        letters.charAt(axis),
                        shapes.get(i).dim(axis),
                        (a, b) -> a.is(1) ? b : b.is(1) ? a : Dims.either(a, b));
            }
        }
        var dims = new ArrayList<Dim>();
        for (char letter : equation.output().toCharArray()) {
            var size = sizes.get(letter);
            if (size == null) {
                throw in.bad("the output of '%s' has a letter that no input has".formatted(text));
            }
            dims.add(size);
        }
        return List.of(Typed.of(in.type(0), dims));
    }
}
