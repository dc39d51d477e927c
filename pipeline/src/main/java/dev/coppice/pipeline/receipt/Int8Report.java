package dev.coppice.pipeline.receipt;

import dev.coppice.pipeline.cut.Int8Step;
import dev.coppice.pipeline.quantize.Int8;
import dev.coppice.pipeline.quantize.MaxDrop;
import dev.coppice.pipeline.report.Int8Section;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;

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
                result.quantization().layers(),
                result.quantization().inFloat(),
                errors);
    }

    /** Returns what became int8 in a few words. */
    static String what(Int8Step.Result result) {
        var quantization = result.quantization();
        return "%d layers in int8, %d in float"
                .formatted(quantization.layers().size(), quantization.inFloat().size());
    }
}
