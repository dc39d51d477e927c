package dev.coppice.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.pipeline.report.Measurement.Unit;
import dev.coppice.pipeline.report.QualityCurve.Point;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HtmlReportTest {

    private static final QualityCurve CURVE = new QualityCurve(
            "top1", List.of(new Point(0, 0.97), new Point(0.5, 0.96), new Point(0.9, 0.5)), 1, List.of());

    private final Locale locale = Locale.getDefault();

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(locale);
    }

    private static Receipt receipt(String text, double after) {
        return new Receipt(
                new Receipt.Change("m.onnx" + text, "p.onnx" + text, "one weight pruned" + text, true),
                List.of(
                        new Measurement("non-zeros" + text, Unit.COUNT, 1000, after, "remark" + text),
                        Measurement.of("top1", Unit.NUMBER, 0.97, 0.96),
                        Measurement.of("nothing", Unit.BYTES, 0, 0)),
                List.of(new Receipt.Layer("w" + text, "n" + text, "Gemm" + text, List.of(10L, 100L), 500, 500)),
                List.of(new Receipt.Group("g" + text, "c" + text, "channel", 64, 32)),
                List.of(new Receipt.Refusal("v" + text, "k" + text, "MatMul" + text, "reason" + text)),
                Optional.empty(),
                Map.of(),
                List.of("note" + text));
    }

    @Test
    void thePageHoldsEveryPartOfTheReceipt() {
        assertThat(HtmlReport.of(receipt("", 500), Optional.of(CURVE)))
                .startsWith("<!DOCTYPE html>")
                .contains("one weight pruned", "m.onnx", "p.onnx", "target reached", "&times;0.500", "remark")
                .contains("10&times;100", "50.00 %", "reason", "note", "top1 against sparsity", "50 % zeros: 0.9600")
                .endsWith("</html>\n");
    }

    @Test
    void aReceiptWithoutCurveHasNoChart() {
        assertThat(HtmlReport.of(receipt("", 500))).doesNotContain("against sparsity", "class=\"chart\"");
    }

    @Test
    void everythingFromOutsideIsEscaped() {
        var hostile = "<script>alert(\"'1'\")</script>&\u0000\u001b\ud800";
        var curve = new QualityCurve("metric" + hostile, CURVE.points(), 0, List.of());
        var page = HtmlReport.of(receipt(hostile, 500), Optional.of(curve));
        assertThat(page).doesNotContain("<script", "alert(\"", "\u0000", "\u001b", "\ud800");
        assertThat(page).contains("&lt;script&gt;alert(&quot;&#39;1&#39;&quot;)&lt;/script&gt;&amp;\uFFFD\uFFFD\uFFFD");
    }

    @Test
    void thePageNeedsNothingFromElsewhere() {
        var page = HtmlReport.of(receipt("", 500), Optional.of(CURVE));
        assertThat(page)
                .doesNotContainPattern(Pattern.compile("(?i)<script|<link|<img|src=|href=|url\\(|@import|https?:"));
    }

    @Test
    void everyTagIsClosed() {
        var page = HtmlReport.of(receipt("", 500), Optional.of(CURVE));
        for (var tag :
                List.of("html", "head", "body", "main", "header", "section", "table", "tr", "td", "th", "ul", "svg")) {
            assertThat(Pattern.compile("<" + tag + "[ >]")
                            .matcher(page)
                            .results()
                            .count())
                    .as(tag)
                    .isEqualTo(Pattern.compile("</" + tag + ">")
                            .matcher(page)
                            .results()
                            .count());
        }
    }

    @Test
    void numbersDoNotDependOnTheReadersLanguage() {
        var expected = HtmlReport.of(receipt("", 500), Optional.of(CURVE));
        Locale.setDefault(Locale.GERMANY);
        assertThat(HtmlReport.of(receipt("", 500), Optional.of(CURVE))).isEqualTo(expected);
    }

    @Test
    void figuresThatAreNoNumbersBreakNoBar() {
        assertThat(HtmlReport.of(receipt("", Double.NaN)))
                .doesNotContain("width=\"NaN\"")
                .contains("width=\"0.00\"");
    }

    @Test
    void aFlatCurveIsDrawn() {
        var flat = new QualityCurve("top1", List.of(new Point(0, 0.5), new Point(0.5, 0.5)), 1, List.of());
        assertThat(HtmlReport.of(receipt("", 500), Optional.of(flat))).doesNotContain("NaN", "Infinity");
    }

    @Test
    void aCurveChoosesOneOfItsPoints() {
        assertThatThrownBy(() -> new QualityCurve("top1", CURVE.points(), 3, List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void gridStepsAreRound() {
        assertThat(CurveChart.niceStep(0.07)).isEqualTo(0.1);
        assertThat(CurveChart.niceStep(0.1 + 0.2)).isEqualTo(0.5);
        assertThat(CurveChart.niceStep(0.012)).isEqualTo(0.02);
        assertThat(CurveChart.niceStep(3)).isEqualTo(5);
        assertThat(CurveChart.niceStep(0)).isPositive();
    }
}
