package dev.coppice.pipeline.receipt;

import dev.coppice.pipeline.cut.Int8Step;
import dev.coppice.pipeline.quantize.Int8;
import dev.coppice.pipeline.quantize.MaxDrop;
import dev.coppice.pipeline.report.Int8Section;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Says in a receipt what became int8. */
final class Int8Report {

    private Int8Report() {}

    static Int8Section of(Int8 int8, Int8Step.Result result) {
        var errors = new HashMap<String, Double>();
        result.search()
                .map(MaxDrop.Outcome::sensitivities)
                .orElse(List.of())
                .forEach(s -> errors.put(s.layer().output(), s.relativeError()));
        return new Int8Section(
                int8.kind().name().toLowerCase(Locale.ROOT),
                result.quantization().layers().stream()
                        .map(layer -> new Int8Section.Layer(
                                layer.node(),
                                layer.op(),
                                layer.weight(),
                                layer.shape(),
                                layer.size(),
                                layer.zeros(),
                                layer.floatBytes(),
                                layer.int8Bytes(),
                                errors.containsKey(layer.output())
                                        ? OptionalDouble.of(errors.get(layer.output()))
                                        : OptionalDouble.empty()))
                        .toList(),
                result.quantization().inFloat().stream()
                        .map(layer -> new Int8Section.InFloat(layer.node(), layer.op(), layer.weight(), layer.reason()))
                        .toList());
    }

    /** Returns what became int8 in a few words. */
    static String what(Int8Step.Result result) {
        var quantization = result.quantization();
        return "%d layers in int8, %d in float"
                .formatted(quantization.layers().size(), quantization.inFloat().size());
    }
}
