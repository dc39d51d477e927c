package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.Option.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An example of every option: a value of it, what it takes beside it, and what it is expected to affect. */
public final class OptionCases {

    /** Stands for a file that is there. */
    public static final String FILE = "FILE";

    /** Written down a second time, so that nobody changes what an option affects without a thought. */
    private static final Map<Affects, String> EXPECTED = Map.of(
            Affects.RANKING, "criterion granularity include-normalised pooling",
            Affects.CUT,
                    "sparsity max-nonzeros max-macs max-latency allocate layers keep only schedule steps curves"
                            + " sparsities plan round-to min-kept mask-only shape",
            Affects.RUN,
                    "repair calibrate drop-dead fine-tune distill epochs label-weight feature-weight temperature"
                            + " cache-teacher regrow retrain rewind-to lr lr-schedule warm-up optimizer batch augment"
                            + " max-length weight-decay label-smoothing clip accumulate ema batch-norm l1-scale freeze"
                            + " patience int8 max-drop int8-keep int8-only int8-embeddings int8-calibrate int8-ranges"
                            + " seven-bit data tokenizer mean std size layout split limit seed threads",
            Affects.JUDGEMENT, "test-data measure",
            Affects.PLACE, "model output run force");

    private static final Map<String, Object> VALUES = Map.ofEntries(
            Map.entry("criterion", "l2"),
            Map.entry("granularity", "row"),
            Map.entry("max-latency", "12ms"),
            Map.entry("schedule", "cubic"),
            Map.entry("augment", "flip"),
            Map.entry("repair", List.of("bias")),
            Map.entry("size", "8x8"),
            Map.entry("data", "npz:other.npz"),
            Map.entry("test-data", "npz:test.npz"),
            Map.entry("mean", "0.5,0.25"),
            Map.entry("std", "0.5,0.25"),
            Map.entry("sparsities", "0.5,0.75"),
            Map.entry("shape", List.of("x=1x3x8x8")),
            Map.entry("layers", Map.of("*ffn*", 0.25)),
            Map.entry("rewind-to", FILE),
            Map.entry("plan", FILE),
            Map.entry("model", FILE));

    private OptionCases() {}

    /** Returns what each option is expected to affect. */
    public static Map<String, Affects> expected() {
        var expected = new TreeMap<String, Affects>();
        EXPECTED.forEach(
                (affects, names) -> List.of(names.split(" ", -1)).forEach(name -> expected.put(name, affects)));
        return expected;
    }

    /** Returns a value that an option can have, and that is not its default. */
    public static Object value(Option option) {
        var given = VALUES.get(option.name());
        return given != null
                ? given
                : switch (option.type()) {
                    case Type.Flag _ -> true;
                    case Type.Text text ->
                        text.values().isEmpty()
                                ? "some-" + option.name()
                                : text.values().getLast();
                    case Type.Texts _ -> List.of("*a*", "*b*");
                    case Type.Numbers _ -> "0.25,0.75";
                    case Type.Shares _ -> Map.of("*a*", 0.75);
                    case Type.Real _ -> 0.75;
                    case Type.Whole _ -> 3L;
                };
    }

    /** Returns settings with which an option makes a valid recipe, without it. */
    public static Map<String, Object> beside(Option option) {
        var name = option.name();
        var beside =
                new LinkedHashMap<String, Object>(Map.of("model", "m.onnx", "output", "out.onnx", "sparsity", 0.5));
        switch (option.group()) {
            case STRUCTURE -> beside.put("granularity", "channel");
            case REPAIR, DATA -> beside.put("data", "npz:d.npz");
            case RECOVERY, TRAINING -> beside.putAll(Map.of("data", "npz:d.npz", "fine-tune", 1L));
            case INT8 -> beside.putAll(Map.of("data", "npz:d.npz", "int8", "static"));
            case GOAL, CUT, OUTPUT -> {}
        }
        switch (name) {
            case "sparsity" -> beside.put("layers", Map.of("*a*", 0.25)); // which says how much, too
            case "max-nonzeros" -> {
                beside.remove("sparsity");
                beside.put("layers", Map.of("*a*", 0.25)); // which says how much, too
            }
            case "max-macs", "max-latency" -> {
                beside.remove("sparsity");
                beside.putAll(Map.of("granularity", "channel", "layers", Map.of("*a*", 0.25)));
            }
            case "curves", "sparsities" -> beside.putAll(Map.of("allocate", "sensitivity", "data", "npz:d.npz"));
            case "allocate" -> beside.put("data", "npz:d.npz");
            case "epochs" -> beside.remove("fine-tune");
            case "distill", "fine-tune" -> beside.remove("fine-tune");
            case "label-weight", "feature-weight", "temperature", "cache-teacher" -> {
                beside.remove("fine-tune");
                beside.put("distill", 1L);
            }
            case "regrow" -> beside.putAll(Map.of("granularity", "unstructured", "steps", 2L));
            case "rewind-to" -> beside.put("retrain", "weight-rewind");
            case "l1-scale" -> beside.putAll(Map.of("criterion", "bn-scale", "granularity", "channel"));
            default -> {}
        }
        if (option.group() == Group.DATA && name.equals("test-data")) {
            beside.remove("data");
        }
        beside.remove(name);
        return beside;
    }
}
