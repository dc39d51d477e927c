package dev.coppice.pipeline.recipe;

import static dev.coppice.pipeline.recipe.Option.Affects.CUT;
import static dev.coppice.pipeline.recipe.Option.Affects.JUDGEMENT;
import static dev.coppice.pipeline.recipe.Option.Affects.PLACE;
import static dev.coppice.pipeline.recipe.Option.Affects.RANKING;
import static dev.coppice.pipeline.recipe.Option.Affects.RUN;

import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recover.Retrain;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.schedule.Schedule;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import dev.coppice.train.LrSchedule;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What options there are: the rows of the {@link OptionTable}. A new one is a line here. */
final class OptionList {

    private static final Option.Type FLAG = new Option.Type.Flag();
    private static final Option.Type TEXTS = new Option.Type.Texts();
    private static final Option.Type NUMBERS = new Option.Type.Numbers();
    private static final Option.Type ANY = text();
    private static final Option.Type SHARE = new Option.Type.Real(0, false, 1, true);
    private static final Option.Type POSITIVE = new Option.Type.Real(0, true, Double.POSITIVE_INFINITY, false);
    private static final Option.Type NOT_NEGATIVE = new Option.Type.Real(0, false, Double.POSITIVE_INFINITY, false);
    private static final Option.Type COUNT = new Option.Type.Whole(1, Integer.MAX_VALUE);
    private static final Option.Type LONG_COUNT = new Option.Type.Whole(1, Long.MAX_VALUE);

    private final Map<String, Option> options = new LinkedHashMap<>(); // by name
    private Group group = Group.GOAL;

    /** Returns all by name, in the order in which help lists them. */
    static Map<String, Option> all() {
        return Collections.unmodifiableMap(new OptionList().options);
    }

    private OptionList() {
        goal();
        cut();
        structure();
        repair();
        recovery();
        training();
        int8();
        data();
        output();
    }

    private void goal() {
        group = Group.GOAL;
        add("sparsity", "S", SHARE, CUT, "Share of the weights, or of the channels, to prune; from 0 to below 1.");
        add("max-nonzeros", "N", LONG_COUNT, CUT, "Keep exactly this many of the prunable weights.");
        add(
                "max-macs",
                "R",
                new Option.Type.Real(0, true, 1, false),
                CUT,
                "Remove structure until this share of the MACs is left.");
        add(
                "max-latency",
                "R",
                ANY,
                CUT,
                "Remove structure until a measured run takes this share of the model's time, or a time such as"
                        + " 12ms.");
    }

    private void cut() {
        group = Group.CUT;
        add(
                "criterion",
                "C",
                text(true, Criteria.all().stream().map(Criterion::label)),
                RANKING,
                "What to prune first: l1, l2, random, wanda, apoz, ...; docs/criteria.md lists all.",
                "l1");
        add(
                "granularity",
                "G",
                text(
                        true,
                        Stream.of(
                                "unstructured",
                                "row",
                                "column",
                                "2:4",
                                "channel",
                                "head",
                                "channel+head",
                                "layer",
                                "activation")),
                RANKING,
                "Zeros: unstructured, row, column, block:RxC, N:M (N of every M pruned). Removed: channel, head,"
                        + " channel+head, layer. Thresholds in the graph: activation.",
                "unstructured");
        add(
                "allocate",
                "A",
                text(false, Stream.of(Allocation.values()).map(Allocation::label)),
                CUT,
                "Who gives how much: uniform, row-uniform, global, erk, lamp; by --data: owl, sensitivity.",
                "uniform (wanda: row-uniform)");
        add("layers", "GLOB=S", new Option.Type.Shares(), CUT, "A sparsity of their own for some layers; repeatable.");
        add("keep", "GLOB", TEXTS, CUT, "Leave weights alone by weight or node name; repeatable.");
        add("only", "GLOB", TEXTS, CUT, "Prune only these weights; repeatable.");
        add(
                "schedule",
                "K",
                text(false, Stream.of(Schedule.values()).map(Schedule::label)),
                CUT,
                "How sparsity rises: one-shot, linear, cubic, geometric.",
                "one-shot, with --steps cubic");
        add(
                "steps",
                "N",
                new Option.Type.Whole(1, 1 << 20),
                CUT,
                "Prune in N steps, with training after each.",
                "5 but for one-shot");
        add("curves", "DIR", ANY, CUT, "With sensitivity: what 'coppice sensitivity --run DIR' has measured.");
        add("sparsities", "S,S,...", NUMBERS, CUT, "With sensitivity: where to measure.", "0.1,0.3,0.5,0.7,0.9");
        add("plan", "FILE", ANY, CUT, "Apply the plan.json of an earlier run, perhaps edited.");
    }

    private void structure() {
        group = Group.STRUCTURE;
        add(
                "round-to",
                "K",
                new Option.Type.Whole(1, 1 << 20),
                CUT,
                "Numbers of channels that stay are multiples of K.");
        add("min-kept", "S", SHARE, CUT, "Leave at least this share of every group.");
        add("include-normalised", "", FLAG, RANKING, "Cut channels that are normalised over (LayerNorm), too.");
        add("mask-only", "", FLAG, CUT, "Write zeros where structure would be removed: computes the same, to compare.");
    }

    private void repair() {
        group = Group.REPAIR;
        add(
                "repair",
                "HOW",
                TEXTS,
                RUN,
                "Without training, on --data: least-squares (structure), bias, batch-norm; repeatable, or by"
                        + " commas.");
        add("calibrate", "N", LONG_COUNT, RUN, "Samples criteria and --repair look at.", "256");
        add("drop-dead", "", FLAG, RUN, "Remove channels that pruning has emptied; computes the same.");
    }

    private void recovery() {
        group = Group.RECOVERY;
        add("fine-tune", "EPOCHS", POSITIVE, RUN, "Train on --data after each step; 0.5 is half a pass.");
        add("distill", "EPOCHS", POSITIVE, RUN, "Imitate the dense model on --data, which needs no labels.");
        add("epochs", "N", POSITIVE, RUN, "Train without pruning: passes over the data; 0.5 is half a pass.");
        add("label-weight", "X", SHARE, RUN, "With --distill: share of the loss that labels have.", "0");
        add(
                "feature-weight",
                "X",
                NOT_NEGATIVE,
                RUN,
                "With --distill: what the ends of residual blocks count beside the outputs.",
                "0, texts 1");
        add("temperature", "T", POSITIVE, RUN, "With --distill: softens classes.", "2, tokens 1");
        add(
                "cache-teacher",
                "DIR",
                ANY,
                RUN,
                "With --distill: keep the dense model's outputs there, for every epoch and run.");
        add(
                "regrow",
                "S",
                SHARE,
                RUN,
                "Between steps, exchange this share of the kept weights for pruned ones that are missed; as 0.3.");
        add(
                "retrain",
                "R",
                text(false, Stream.of(Retrain.values()).map(Retrain::label)),
                RUN,
                "Learning rate: one-cycle, constant, lr-rewind, scaled-restart, cyclic, weight-rewind.",
                "one-cycle");
        add("rewind-to", "MODEL", ANY, RUN, "With weight-rewind: the earlier state.", "the model itself");
    }

    private void training() {
        group = Group.TRAINING;
        add("lr", "X", POSITIVE, RUN, "Peak of the learning rate.", "by optimizer, lowered where trials show harm");
        add(
                "lr-schedule",
                "K",
                text(
                        false,
                        Stream.of(LrSchedule.Kind.values())
                                .filter(kind -> kind != LrSchedule.Kind.REWOUND)
                                .map(LrSchedule.Kind::label)),
                RUN,
                "Learning rate over a stage: one-cycle, cosine, step, cyclic, constant.",
                "one-cycle");
        add("warm-up", "X", SHARE, RUN, "Share of the steps over which the rate rises.");
        add(
                "optimizer",
                "O",
                text(false, Stream.of("sgd", "adamw")),
                RUN,
                "sgd or adamw.",
                "sgd for images, adamw for texts and tokens");
        add("batch", "N", COUNT, RUN, "Samples of a step.", "64 images, 32 texts, 4 windows");
        add("augment", "A", ANY, RUN, "Random changes of images: flip, cropN or flip,cropN.", "none");
        add("max-length", "N", COUNT, RUN, "The most tokens of a text.");
        add("weight-decay", "X", NOT_NEGATIVE, RUN, "On matrices only.", "5e-4 (sgd), 0.01 (adamw)");
        add("label-smoothing", "X", SHARE, RUN, "Share of the target given to all classes alike.");
        add("clip", "X", NOT_NEGATIVE, RUN, "The most that the gradient's norm may be; 0 for no limit.");
        add(
                "accumulate",
                "N",
                COUNT,
                RUN,
                "Batches whose gradients make up one step.",
                "1, more for models of a small fixed batch");
        add("ema", "X", SHARE, RUN, "Save a moving average of the weights with this decay.");
        add(
                "batch-norm",
                "train|frozen",
                text(false, Stream.of("train", "frozen")),
                RUN,
                "Whether its statistics follow the batches.",
                "train, but for a small fixed batch");
        add(
                "l1-scale",
                "X",
                NOT_NEGATIVE,
                RUN,
                "Sparse training: L1 penalty on the scales of channels, as 1e-4; prune: for bn-scale.");
        add("freeze", "GLOB", TEXTS, RUN, "Leave constants as they are; embeddings always stay. Repeatable.");
        add("patience", "N", COUNT, RUN, "End a stage after N epochs without a lower mean loss.");
    }

    private void int8() {
        group = Group.INT8;
        add(
                "int8",
                "dynamic|static",
                text(false, Stream.of("dynamic", "static")),
                RUN,
                "Make the result int8: dynamic (MatMul, Gemm), or static (Conv, too; ranges by --data).");
        add("max-drop", "X", NOT_NEGATIVE, RUN, "Leave layers in float until quality on --data drops by at most X.");
        add("int8-keep", "GLOB", TEXTS, RUN, "Leave layers in float by weight or node name; repeatable.");
        add("int8-only", "GLOB", TEXTS, RUN, "Make only these layers int8; repeatable.");
        add("int8-embeddings", "", FLAG, RUN, "Tables read by Gather become int8 rows, too (dynamic).");
        add("int8-calibrate", "N", LONG_COUNT, RUN, "Samples for the ranges of activations (static).", "256");
        add(
                "int8-ranges",
                "M",
                text(false, Stream.of("percentile", "mse", "minmax")),
                RUN,
                "How these are found: percentile, mse, minmax.",
                "percentile");
        add(
                "seven-bit",
                "auto|yes|no",
                text(false, Stream.of("auto", "yes", "no", "true", "false")),
                RUN,
                "Use 7 bits of weights, for x86 without VNNI; auto: as this machine.",
                "auto");
    }

    private void data() {
        group = Group.DATA;
        add("data", "SPEC", ANY, RUN, "Data to measure quality on: " + DataSpec.FORMS);
        add("test-data", "SPEC", ANY, JUDGEMENT, "Judge on this data instead of --data.");
        add("tokenizer", "FILE", ANY, RUN, "tokenizer.json, for texts.");
        add("mean", "A,B,C", NUMBERS, RUN, "Mean per channel, on pixels scaled to [0,1].");
        add("std", "A,B,C", NUMBERS, RUN, "Standard deviation per channel, likewise.");
        add("size", "HxW", ANY, RUN, "Resize images to this height and width.");
        add(
                "layout",
                "nchw|nhwc",
                text(false, Stream.of("nchw", "nhwc")),
                RUN,
                "Order of image axes, if not as the model says.");
        add(
                "pooling",
                "mean|cls",
                text(false, Stream.of("mean", "cls")),
                RANKING,
                "From token vectors to a sentence's.",
                "mean");
        add(
                "split",
                "train|test|all",
                text(false, Stream.of("train", "test", "all")),
                RUN,
                "Part of the data.",
                "test to evaluate");
        add("limit", "N", LONG_COUNT, RUN, "Use only the first N samples.");
    }

    private void output() {
        group = Group.OUTPUT;
        add("model", "MODEL", ANY, PLACE, "The ONNX model.");
        add("output", "OUT", ANY, PLACE, "Where to write the result.");
        add("run", "DIR", ANY, PLACE, "Leave recipe, plan, provenance and receipt there; a killed run goes on.");
        add("force", "", FLAG, PLACE, "Let the result replace the model itself.");
        add("measure", "", FLAG, JUDGEMENT, "Measure latency and gzip size for the receipt, too.");
        add(
                "shape",
                "NAME=SIZES",
                TEXTS,
                CUT,
                "Input shape to count MACs and measure at, as x=1x3x224x224; repeatable.");
        add(
                "seed",
                "N",
                new Option.Type.Whole(Long.MIN_VALUE, Long.MAX_VALUE),
                RUN,
                "Seed of the random criterion and of training.",
                "0");
        add("threads", "N", new Option.Type.Whole(1, 1024), RUN, "Threads.", "one per processor");
    }

    private static Option.Type text() {
        return new Option.Type.Text(List.of(), true);
    }

    private static Option.Type text(boolean open, Stream<String> values) {
        return new Option.Type.Text(values.toList(), open);
    }

    private void add(String name, String label, Option.Type type, Affects affects, String meaning) {
        add(name, label, type, affects, meaning, "");
    }

    private void add(String name, String label, Option.Type type, Affects affects, String meaning, String otherwise) {
        options.put(name, new Option(name, label, type, otherwise, group, affects, meaning));
    }
}
