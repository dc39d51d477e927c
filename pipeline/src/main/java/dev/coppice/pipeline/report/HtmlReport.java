package dev.coppice.pipeline.report;

import static dev.coppice.pipeline.report.Html.escape;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes a receipt as one HTML file that needs nothing else: style and pictures are inside, there are no scripts, and nothing is
 * fetched. Follows the reader's light or dark setting, and prints.
 */
public final class HtmlReport {

    private static final List<String> HEADLINES = List.of("non-zeros", "bytes", "bytes-gzip", "latency-ms");
    private static final int MOST_REFUSALS = 200;

    private final Receipt receipt;
    private final HtmlPage page;

    private HtmlReport(Receipt receipt) {
        this.receipt = receipt;
        this.page = new HtmlPage("Receipt: " + receipt.change().output());
    }

    /** Returns the page of a receipt. */
    public static String of(Receipt receipt) {
        return of(receipt, Optional.empty());
    }

    /** Returns the page of a receipt with a chart of quality against sparsity. */
    public static String of(Receipt receipt, Optional<QualityCurve> curve) {
        return new HtmlReport(receipt).write(curve);
    }

    private String write(Optional<QualityCurve> curve) {
        head();
        headlines();
        measurements();
        curve.ifPresent(this::chart);
        layers();
        groups();
        refusals();
        int8();
        notes();
        return page.end();
    }

    private void head() {
        page.append("<header>\n");
        page.append(String.format(
                Locale.ROOT,
                "<p class=\"brand\">Coppice receipt <span class=\"badge %s\">%s</span></p>%n",
                receipt.reached() ? "good" : "bad",
                receipt.reached() ? "target reached" : "target not reached"));
        page.append(String.format(
                Locale.ROOT, "<h1>%s</h1>%n", escape(receipt.change().what())));
        page.append(String.format(
                Locale.ROOT,
                "<p class=\"files\"><code>%s</code> &rarr; <code>%s</code></p>%n</header>%n",
                escape(receipt.change().model()),
                escape(receipt.change().output())));
    }

    /** Writes the figures that most readers come for, large. */
    private void headlines() {
        page.append("<section class=\"tiles\">\n");
        for (var m : receipt.measurements()) {
            if (HEADLINES.contains(m.name()) || m.unit() == Measurement.Unit.NUMBER) {
                page.append(String.format(
                        Locale.ROOT,
                        "<div class=\"tile\"><b>%s</b><span>%s</span><small>was %s</small></div>%n",
                        m.unit().format(m.after()),
                        escape(m.name()),
                        m.unit().format(m.before())));
            }
        }
        page.append("</section>\n");
    }

    private void measurements() {
        page.append(
                "<section>\n<h2>Before and after</h2>\n<table>\n<thead><tr><th></th><th class=\"number\">before</th>"
                        + "<th class=\"number\">after</th><th class=\"number\">ratio</th>"
                        + "<th class=\"bars\">grey before, green after</th></tr></thead>\n<tbody>\n");
        for (var m : receipt.measurements()) {
            double most = Math.max(m.before(), m.after());
            var remark = remark(m);
            page.append(String.format(
                    Locale.ROOT,
                    "<tr><th scope=\"row\">%s%s</th><td class=\"number\">%s</td><td class=\"number\">%s</td>"
                            + "<td class=\"number\">%s</td><td class=\"bars\">%s%s</td></tr>%n",
                    escape(m.name()),
                    remark,
                    m.unit().format(m.before()),
                    m.unit().format(m.after()),
                    m.before() == 0 ? "" : String.format(Locale.ROOT, "&times;%.3f", m.after() / m.before()),
                    bar("before", m.before() / most),
                    bar("after", m.after() / most)));
        }
        page.append("</tbody>\n</table>\n</section>\n");
    }

    private String remark(Measurement m) {
        var alone = receipt.int8Alone().get(m.name());
        var parts = new ArrayList<String>();
        if (!m.remark().isEmpty()) {
            parts.add(m.remark());
        }
        if (alone != null) {
            parts.add("int8 alone, no pruning: " + m.unit().format(alone));
        }
        return parts.isEmpty() ? "" : "<small>" + escape(String.join("; ", parts)) + "</small>";
    }

    private void int8() {
        receipt.int8()
                .ifPresent(section -> page.append(String.format(
                        Locale.ROOT,
                        "<section>%n<h2>Layers in int8</h2>%n<pre>%s</pre>%n</section>%n",
                        escape(section.text()))));
    }

    private void chart(QualityCurve curve) {
        page.append(String.format(Locale.ROOT, "<section>%n<h2>%s against sparsity</h2>%n", escape(curve.metric())));
        page.append(CurveChart.svg(curve)).append("</section>\n");
    }

    private void layers() {
        if (receipt.layers().isEmpty()) {
            return;
        }
        page.append("<section>\n"
                + "<h2>Zeros in each weight</h2>\n"
                + "<table class=\"weights\">\n"
                + "<thead><tr><th>weight</th><th>shape</th><th class=\"number\">zeros</th><th"
                + " class=\"number\">sparsity</th><th class=\"bars\"></th></tr></thead>\n"
                + "<tbody>\n");
        for (var layer : receipt.layers()) {
            page.append(String.format(
                    Locale.ROOT,
                    "<tr><th scope=\"row\">%s<small>%s</small></th><td>%s</td><td class=\"number\">%,d</td>"
                            + "<td class=\"number\">%.2f %%</td><td class=\"bars\">%s</td></tr>%n",
                    escape(layer.name()),
                    escape(layer.op()),
                    layer.shape().toString().replaceAll("[\\[\\] ]", "").replace(",", "&times;"),
                    layer.zeros(),
                    layer.sparsity() * 100,
                    bar("after", layer.sparsity())));
        }
        page.append("</tbody>\n</table>\n</section>\n");
    }

    private void groups() {
        if (receipt.groups().isEmpty()) {
            return;
        }
        page.append("<section>\n"
                + "<h2>What is left of each group</h2>\n"
                + "<table class=\"weights\">\n"
                + "<thead><tr><th>group</th><th>kind</th><th class=\"number\">before</th><th"
                + " class=\"number\">after</th><th class=\"bars\"></th></tr></thead>\n"
                + "<tbody>\n");
        for (var group : receipt.groups()) {
            page.append(String.format(
                    Locale.ROOT,
                    "<tr><th scope=\"row\">%s<small>%s</small></th><td>%s</td><td class=\"number\">%,d</td>"
                            + "<td class=\"number\">%,d</td><td class=\"bars\">%s</td></tr>%n",
                    escape(group.name()),
                    escape(group.node()),
                    escape(group.kind()),
                    group.before(),
                    group.after(),
                    bar("after", group.before() == 0 ? 0 : (double) group.after() / group.before())));
        }
        page.append("</tbody>\n</table>\n</section>\n");
    }

    private void refusals() {
        var refusals = receipt.refusals();
        if (refusals.isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>Not pruned</h2>\n<ul>\n");
        for (var refusal : refusals.subList(0, Math.min(MOST_REFUSALS, refusals.size()))) {
            page.append(String.format(
                    Locale.ROOT,
                    "<li><code>%s</code> (%s, node <code>%s</code>): %s</li>%n",
                    escape(refusal.name()),
                    escape(refusal.op()),
                    escape(refusal.node()),
                    escape(refusal.reason())));
        }
        if (refusals.size() > MOST_REFUSALS) {
            page.append(String.format(
                    Locale.ROOT, "<li>and %d more; receipt.json lists all</li>%n", refusals.size() - MOST_REFUSALS));
        }
        page.append("</ul>\n</section>\n");
    }

    private void notes() {
        if (receipt.notes().isEmpty()) {
            return;
        }
        page.append("<section class=\"notes\">\n<h2>Notes</h2>\n<ul>\n");
        receipt.notes().forEach(note -> page.append(String.format(Locale.ROOT, "<li>%s</li>%n", escape(note))));
        page.append("</ul>\n</section>\n");
    }

    /** Returns a bar that fills {@code share} of its width; what is no number fills nothing. */
    private static String bar(String kind, double share) {
        double percent = Double.isFinite(share) ? Math.clamp(share * 100, 0, 100) : 0;
        return String.format(
                Locale.ROOT,
                "<svg class=\"bar %s\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect"
                        + " class=\"rail\" width=\"100\" height=\"8\"/><rect class=\"fill\" width=\"%.2f\""
                        + " height=\"8\"/></svg>",
                kind,
                percent);
    }
}
