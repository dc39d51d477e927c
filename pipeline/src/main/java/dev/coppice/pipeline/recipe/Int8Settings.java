package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.quantize.Cpu;
import dev.coppice.pipeline.quantize.Int8;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.Int8Range;
import java.util.Optional;
import java.util.OptionalDouble;

/** Reads from settings whether and how the result is to become int8. */
final class Int8Settings {

    private static final long CALIBRATION_SAMPLES = 256;

    private Int8Settings() {}

    static Optional<Int8> of(Settings settings) {
        var kind = settings.text("int8");
        if (kind.isEmpty()) {
            for (var name : OptionTable.names(Group.INT8)) {
                if (settings.values().containsKey(name)) {
                    throw settings.error("'" + name + "' without int8", "add int8: dynamic or static");
                }
            }
            return Optional.empty();
        }
        return Optional.of(new Int8(
                kind(settings, kind.get()),
                new Selection(settings.texts("int8-keep"), settings.texts("int8-only")),
                range(settings),
                settings.flag("int8-embeddings"),
                maxDrop(settings),
                settings.text("int8-ranges").orElse("percentile"),
                settings.integer("int8-calibrate").orElse(CALIBRATION_SAMPLES)));
    }

    private static Int8.Kind kind(Settings settings, String name) {
        return switch (name) {
            case "dynamic" -> Int8.Kind.DYNAMIC;
            case "static" -> {
                if (!settings.values().containsKey("data")) {
                    throw settings.error(
                            "int8 static without data",
                            "give data to find the ranges of activations on, or choose int8: dynamic, which needs"
                                    + " none");
                }
                yield Int8.Kind.STATIC;
            }
            default -> throw settings.error("unknown int8 '" + name + "'", "choose dynamic or static");
        };
    }

    private static Int8Range range(Settings settings) {
        return switch (settings.text("seven-bit").orElse("auto")) {
            case "auto" -> Cpu.range();
            case "yes", "true" -> Int8Range.SEVEN_BIT;
            case "no", "false" -> Int8Range.FULL;
            default ->
                throw settings.error(
                        "unknown seven-bit '" + settings.text("seven-bit").orElseThrow() + "'",
                        "choose auto, yes or no");
        };
    }

    private static OptionalDouble maxDrop(Settings settings) {
        var most = settings.number("max-drop");
        if (most.isEmpty()) {
            return OptionalDouble.empty();
        }
        if (!settings.values().containsKey("data")) {
            throw settings.error("'max-drop' without data", "give data to measure the quality on");
        }
        return OptionalDouble.of(most.get());
    }
}
