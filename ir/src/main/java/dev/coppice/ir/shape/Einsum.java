package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Einstein's summation: {@code "bij,bjk->bik"}, with an ellipsis for axes in common, and the output left out for the default one. */
final class Einsum {

    private static final String ELLIPSIS = "...";

    private Einsum() {}

    static List<Typed> infer(NodeContext in) {
        var equation = in.node().stringAttribute("equation", "").replace(" ", "");
        int arrow = equation.indexOf("->");
        var left = arrow < 0 ? equation : equation.substring(0, arrow);
        var operands = left.split(",", -1);
        if (operands.length != in.inputs().size()) {
            throw in.bad("equation '%s' for %d inputs"
                    .formatted(equation, in.inputs().size()));
        }
        var right = arrow < 0 ? implicitOutput(left) : equation.substring(arrow + 2);
        var sizes = new HashMap<Character, Dim>();
        List<Dim> common = List.of();
        for (int i = 0; i < operands.length; i++) {
            var shape = in.shape(i);
            if (shape == null) {
                return List.of(Typed.of(in.type(0), (Shape) null));
            }
            common = Broadcast.of(in, common, read(in, operands[i], shape, sizes));
        }
        return List.of(Typed.of(in.type(0), write(in, right, sizes, common)));
    }

    /** Notes the sizes of the letters and returns those under the ellipsis. */
    private static List<Dim> read(NodeContext in, String letters, Shape shape, Map<Character, Dim> sizes) {
        int dots = letters.indexOf(ELLIPSIS);
        int named = letters.length() - (dots < 0 ? 0 : ELLIPSIS.length());
        int hidden = shape.rank() - named;
        if (hidden < 0 || (dots < 0 && hidden > 0)) {
            throw in.bad("'%s' for an input of shape %s".formatted(letters, shape));
        }
        var plain = letters.replace(ELLIPSIS, "");
        for (int i = 0; i < named; i++) {
            int axis = dots >= 0 && i >= dots ? i + hidden : i;
            sizes.merge(plain.charAt(i), shape.dim(axis), (a, b) -> a.is(1) ? b : b.is(1) ? a : Dims.either(a, b));
        }
        return dots < 0 ? List.of() : shape.dims().subList(dots, dots + hidden);
    }

    private static List<Dim> write(NodeContext in, String letters, Map<Character, Dim> sizes, List<Dim> common) {
        var dims = new ArrayList<Dim>();
        int dots = letters.indexOf(ELLIPSIS);
        for (int i = 0; i < letters.length(); i++) {
            if (i == dots) {
                dims.addAll(common);
                i += ELLIPSIS.length() - 1;
                continue;
            }
            var size = sizes.get(letters.charAt(i));
            if (size == null) {
                throw in.bad("the output '%s' has a letter that no input has".formatted(letters));
            }
            dims.add(size);
        }
        return dims;
    }

    /** The axes under the ellipsis, then every letter that occurs once, in alphabetical order. */
    private static String implicitOutput(String left) {
        var counts = new TreeMap<Character, Integer>();
        left.chars().filter(Character::isLetter).forEach(c -> counts.merge((char) c, 1, Integer::sum));
        var output = new StringBuilder(left.contains(ELLIPSIS) ? ELLIPSIS : "");
        counts.forEach((letter, count) -> output.append(count == 1 ? letter.toString() : ""));
        return output.toString();
    }
}
