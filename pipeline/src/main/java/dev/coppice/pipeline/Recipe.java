package dev.coppice.pipeline;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataOptions.Pooling;
import dev.coppice.pipeline.data.DataOptions.Split;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.pipeline.data.Preprocess;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criterion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Describes a pruning run completely and validly.
 *
 * @param data what to judge the models on; empty to judge nothing
 * @param measure whether the receipt has measured latency and gzip size
 * @param run the run directory; empty to leave none
 * @param settings the settings this recipe was made from, defaults included
 */
public record Recipe(
        Path model,
        Path output,
        Cut cut,
        Optional<Data> data,
        boolean measure,
        int threads,
        Optional<Path> run,
        Settings settings) {

    /** What is to be pruned: chosen afresh, or as a plan file says. */
    public sealed interface Cut {}

    public record Fresh(Selection selection, PruneRequest request) implements Cut {}

    public record FromPlan(Path plan) implements Cut {}

    /** Samples with labels, pairs or texts. */
    public record Data(DataSpec spec, DataOptions options) {}

    private static final Set<String> CUT = Set.of(
            "criterion", "granularity", "sparsity", "max-nonzeros", "allocate", "layers", "keep", "only", "seed");

    private static final Set<String> DATA =
            Set.of("data", "tokenizer", "mean", "std", "size", "layout", "pooling", "split", "limit");

    private static final Set<String> REST = Set.of("model", "output", "plan", "measure", "threads", "run");

    /**
     * Makes a recipe of settings.
     *
     * @throws dev.coppice.ir.UsageException for a value that makes no sense, or (from the command line) an unknown setting
     * @throws dev.coppice.ir.BadInputException for an unknown or malformed setting of a recipe file
     */
    public static Recipe of(Settings given) {
        var known = new TreeSet<>(CUT);
        known.addAll(DATA);
        known.addAll(REST);
        given.check(known);
        var settings = withDefaults(given);
        var model = path(settings, "model");
        var output = path(settings, "output");
        return new Recipe(
                model,
                output,
                cut(settings),
                data(settings),
                settings.flag("measure"),
                threads(settings),
                settings.text("run").map(Path::of),
                settings);
    }

    private static Path path(Settings settings, String name) {
        var text = settings.requiredText(name);
        if (text.isEmpty()) {
            throw settings.error("'" + name + "' is an empty name", "name a file");
        }
        return Path.of(text);
    }

    private static Settings withDefaults(Settings given) {
        if (given.values().containsKey("plan")) {
            for (var name : CUT) {
                if (given.values().containsKey(name)) {
                    throw given.error("'" + name + "' contradicts 'plan', which fixes it", "leave one of them out");
                }
            }
            return given;
        }
        var defaults = new LinkedHashMap<String, Object>();
        defaults.put("criterion", "l1");
        defaults.put("granularity", "unstructured");
        defaults.put("allocate", "uniform");
        defaults.put("seed", 0L);
        return new Settings(given.origin(), defaults).with(given.values());
    }

    private static Cut cut(Settings settings) {
        var plan = settings.text("plan");
        if (plan.isPresent()) {
            return new FromPlan(Path.of(plan.get()));
        }
        var pattern = Pattern.parse(settings.requiredText("granularity"));
        var quotas = new ArrayList<Quota>();
        settings.numbersByName("layers").forEach((glob, sparsity) -> quotas.add(new Quota(glob, sparsity)));
        var request = new PruneRequest(
                Criterion.named(settings.requiredText("criterion")),
                pattern,
                Allocation.named(settings.requiredText("allocate")),
                budget(settings, pattern, !quotas.isEmpty()),
                quotas,
                settings.integer("seed").orElse(0L));
        return new Fresh(new Selection(settings.texts("keep"), settings.texts("only")), request);
    }

    private static Budget budget(Settings settings, Pattern pattern, boolean hasQuotas) {
        var sparsity = settings.number("sparsity");
        var most = settings.integer("max-nonzeros");
        if (sparsity.isPresent() && most.isPresent()) {
            throw settings.error(
                    "'sparsity' and 'max-nonzeros' are both given", "they are two ways to say one thing: give one");
        }
        if (most.isPresent()) {
            return new Budget.MaxNonZeros(most.get());
        }
        if (sparsity.isPresent()) {
            return new Budget.Sparsity(sparsity.get());
        }
        if (pattern instanceof Pattern.NofM) {
            return new Budget.OfPattern();
        }
        if (hasQuotas) {
            return new Budget.Sparsity(0);
        }
        throw settings.error(
                "how much to prune is not said", "give a sparsity (such as 0.5), a number of max-nonzeros, or a plan");
    }

    private static int threads(Settings settings) {
        long processors = Runtime.getRuntime().availableProcessors();
        long threads = settings.integer("threads").orElse(processors);
        if (threads < 1 || threads > 1024) {
            throw settings.error("'threads' is " + threads, "give a number from 1 to " + processors);
        }
        return (int) threads;
    }

    /** Reads what data to use and how; also for commands that prune nothing. */
    public static Optional<Data> data(Settings settings) {
        return settings.text("data").map(spec -> new Data(DataSpec.parse(spec), options(settings)));
    }

    private static DataOptions options(Settings settings) {
        var preprocess = new Preprocess(
                settings.numbers("mean"),
                settings.numbers("std"),
                settings.text("size").map(Preprocess.Size::parse),
                choice(settings, "layout", Preprocess.Layout.values()));
        var limit = settings.integer("limit");
        return new DataOptions(
                preprocess,
                choice(settings, "split", Split.values()),
                limit.isPresent() ? OptionalLong.of(limit.get()) : OptionalLong.empty(),
                settings.text("tokenizer").map(Path::of),
                choice(settings, "pooling", Pooling.values()).orElse(Pooling.MEAN));
    }

    private static <E extends Enum<E>> Optional<E> choice(Settings settings, String name, E[] values) {
        return settings.text(name).map(text -> {
            for (var value : values) {
                if (value.name().equalsIgnoreCase(text)) {
                    return value;
                }
            }
            var names = List.of(values).toString().toLowerCase(Locale.ROOT);
            throw new UsageException("unknown " + name + " '" + text + "'", "choose one of " + names);
        });
    }

    /** Returns the recipe in the form of a file, defaults included. */
    public Map<String, Object> describe() {
        return new LinkedHashMap<>(settings.values());
    }
}
