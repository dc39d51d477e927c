package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.eval.SliceRange;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators that make tensors of sizes, shapes and attributes. */
final class GeneratorRules {

    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("ConstantOfShape", GeneratorRules::constantOfShape),
            Map.entry("Shape", GeneratorRules::shape),
            Map.entry("Size", in -> List.of(Typed.of(DType.INT64, Typed.SCALAR))),
            Map.entry("Range", GeneratorRules::range),
            Map.entry("RandomNormal", GeneratorRules::random),
            Map.entry("RandomUniform", GeneratorRules::random),
            Map.entry("Multinomial", GeneratorRules::multinomial),
            Map.entry("BlackmanWindow", GeneratorRules::window),
            Map.entry("HammingWindow", GeneratorRules::window),
            Map.entry("HannWindow", GeneratorRules::window));

    private GeneratorRules() {}

    private static @Nullable Shape asShape(@Nullable List<Term> terms) {
        return terms == null ? null : new Shape(terms.stream().map(Term::toDim).toList());
    }

    private static List<Typed> constantOfShape(NodeContext in) {
        var type = in.node().tensorAttribute("value").map(Tensor::type).orElse(DType.FLOAT);
        return List.of(Typed.of(type, asShape(in.integers(0, "shape"))));
    }

    private static List<Typed> shape(NodeContext in) {
        var shape = in.shape(0);
        if (shape == null) {
            return List.of(Typed.of(DType.INT64, Dim.unknown()));
        }
        return List.of(Typed.of(DType.INT64, Dim.of(selected(in, shape).size())));
    }

    /** Returns the dimensions that {@code start} and {@code end} select. */
    static List<Dim> selected(NodeContext in, Shape shape) {
        int rank = shape.rank();
        var range = SliceRange.of(in.integer("start", 0), in.integer("end", rank), 1, rank);
        return shape.dims().subList((int) range.start(), (int) (range.start() + range.count()));
    }

    private static List<Typed> range(NodeContext in) {
        var start = in.term(0);
        var limit = in.term(1);
        var step = in.term(2);
        var size = start.is(0) && step.is(1) ? limit.toDim() : Dim.unknown();
        return List.of(Typed.of(in.type(0), size));
    }

    private static List<Typed> random(NodeContext in) {
        var dims = in.ints("shape");
        return List.of(Typed.of(in.typeAttribute("dtype", DType.FLOAT), dims == null ? null : Shape.of(dims)));
    }

    private static List<Typed> multinomial(NodeContext in) {
        var samples = Dim.of(in.integer("sample_size", 1));
        return List.of(Typed.of(in.typeAttribute("dtype", DType.INT32), in.dim(0, 0), samples));
    }

    private static List<Typed> window(NodeContext in) {
        var size = in.term(0).toDim();
        return List.of(Typed.of(in.typeAttribute("output_datatype", DType.FLOAT), size));
    }
}
