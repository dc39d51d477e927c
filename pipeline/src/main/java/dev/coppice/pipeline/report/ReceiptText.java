package dev.coppice.pipeline.report;

/** Writes receipts for people. */
public final class ReceiptText {

    private static final String LINE = "  %-28s %-44s %-13s %-16s %11s %9s%n";
    private static final String GROUP = "  %-44s %-44s %-8s %9s %9s%n";
    private static final int MOST_LAYERS = 40;
    private static final int MOST_REFUSALS = 10;

    private ReceiptText() {}

    public static String of(Receipt receipt) {
        var text = new StringBuilder();
        text.append(Printable.format(
                "%s -> %s%n", receipt.change().model(), receipt.change().output()));
        text.append(Printable.format("%s%n%n", receipt.change().what()));
        table(receipt, text);
        layers(receipt, text);
        groups(receipt, text);
        refusals(receipt, text);
        receipt.int8().ifPresent(section -> text.append(section.text()));
        for (var note : receipt.notes()) {
            text.append(Printable.format("note: %s%n", note));
        }
        return text.toString();
    }

    private static void table(Receipt receipt, StringBuilder text) {
        boolean alone = !receipt.int8Alone().isEmpty();
        text.append(Printable.format(
                        "  %-24s %18s %18s %8s  %s",
                        "", "before", "after", "ratio", alone ? Printable.format("%14s", "int8 alone") : "")
                .stripTrailing());
        text.append(System.lineSeparator());
        for (var m : receipt.measurements()) {
            var int8 = receipt.int8Alone().get(m.name());
            text.append(Printable.format(
                            "  %-24s %18s %18s %8s  %s%s",
                            m.name(),
                            m.unit().format(m.before()),
                            m.unit().format(m.after()),
                            m.before() == 0 ? "" : Printable.format("x%.3f", m.after() / m.before()),
                            alone
                                    ? Printable.format(
                                            "%14s  ",
                                            int8 == null ? "" : m.unit().format(int8))
                                    : "",
                            m.remark())
                    .stripTrailing());
            text.append(System.lineSeparator());
        }
        text.append(System.lineSeparator());
    }

    private static void layers(Receipt receipt, StringBuilder text) {
        if (receipt.layers().isEmpty()) {
            return;
        }
        text.append(Printable.format(LINE, "weight", "node", "operator", "shape", "zeros", "sparsity"));
        var layers = receipt.layers();
        for (var layer : layers.subList(0, Math.min(MOST_LAYERS, layers.size()))) {
            text.append(Printable.format(
                    LINE,
                    shortened(layer.name(), 28),
                    shortened(layer.node(), 44),
                    layer.op(),
                    layer.shape().toString().replace(" ", ""),
                    Measurement.Unit.COUNT.format((double) layer.zeros()),
                    Printable.format("%.2f %%", layer.sparsity() * 100)));
        }
        more(layers.size() - MOST_LAYERS, text);
        text.append(System.lineSeparator());
    }

    private static void groups(Receipt receipt, StringBuilder text) {
        var groups = receipt.groups();
        if (groups.isEmpty()) {
            return;
        }
        text.append(Printable.format(GROUP, "group", "node", "kind", "before", "after"));
        for (var group : groups.subList(0, Math.min(MOST_LAYERS, groups.size()))) {
            text.append(Printable.format(
                    GROUP,
                    shortened(group.name(), 44),
                    shortened(group.node(), 44),
                    group.kind(),
                    Measurement.Unit.COUNT.format(group.before()),
                    Measurement.Unit.COUNT.format(group.after())));
        }
        more(groups.size() - MOST_LAYERS, text);
        text.append(System.lineSeparator());
    }

    private static void refusals(Receipt receipt, StringBuilder text) {
        var refusals = receipt.refusals();
        for (var refusal : refusals.subList(0, Math.min(MOST_REFUSALS, refusals.size()))) {
            text.append(Printable.format(
                    "not pruned: %s (%s, node %s): %s%n",
                    refusal.name(), refusal.op(), refusal.node(), refusal.reason()));
        }
        more(refusals.size() - MOST_REFUSALS, text);
    }

    private static void more(int left, StringBuilder text) {
        if (left > 0) {
            text.append(Printable.format("  ... and %d more (--json lists all)%n", left));
        }
    }

    /** Keeps the end of a long name, which tells names apart. */
    private static String shortened(String name, int length) {
        return name.length() <= length ? name : "..." + name.substring(name.length() - length + 3);
    }
}
