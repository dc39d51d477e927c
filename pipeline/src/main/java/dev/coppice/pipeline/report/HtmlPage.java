package dev.coppice.pipeline.report;

import static dev.coppice.pipeline.report.Html.escape;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Writes one HTML file that needs nothing else: style and pictures are inside, there are no scripts, and nothing is fetched. Follows the
 * reader's light or dark setting, and prints.
 */
public final class HtmlPage {

    private static final String STYLE = resource("report.css");

    private final StringBuilder page = new StringBuilder();

    /** Begins a page of this title. */
    public HtmlPage(String title) {
        page.append("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                """);
        page.append(String.format(Locale.ROOT, "<title>%s</title>%n<style>%n%s</style>%n", escape(title), STYLE));
        page.append("</head>\n<body>\n<main>\n");
    }

    /** Adds the head of the page: what kind it is, what it is about, and a line below. */
    public HtmlPage header(String brand, String heading, String below) {
        return append(String.format(
                Locale.ROOT,
                "<header>%n<p class=\"brand\">%s</p>%n<h1>%s</h1>%n<p class=\"files\">%s</p>%n</header>%n",
                escape(brand),
                escape(heading),
                escape(below)));
    }

    /** Adds a section of markup that is safe already, such as a picture. */
    public HtmlPage section(String heading, String markup) {
        return append(String.format(Locale.ROOT, "<section>%n<h2>%s</h2>%n%s</section>%n", escape(heading), markup));
    }

    /** Adds a section with a table; the first column heads its row, the others hold numbers. */
    public HtmlPage table(String heading, List<String> columns, List<List<String>> rows) {
        var table = new StringBuilder("<table>\n<thead><tr>");
        for (int i = 0; i < columns.size(); i++) {
            table.append(String.format(
                    Locale.ROOT, "<th%s>%s</th>", i == 0 ? "" : " class=\"number\"", escape(columns.get(i))));
        }
        table.append("</tr></thead>\n<tbody>\n");
        for (var row : rows) {
            table.append("<tr><th scope=\"row\">")
                    .append(escape(row.getFirst()))
                    .append("</th>");
            row.stream()
                    .skip(1)
                    .forEach(cell -> table.append("<td class=\"number\">")
                            .append(escape(cell))
                            .append("</td>"));
            table.append("</tr>\n");
        }
        return section(heading, table.append("</tbody>\n</table>\n").toString());
    }

    /** Adds a section of remarks; none when there are none. */
    public HtmlPage notes(List<String> notes) {
        if (notes.isEmpty()) {
            return this;
        }
        var list = new StringBuilder("<ul>\n");
        notes.forEach(note -> list.append("<li>").append(escape(note)).append("</li>\n"));
        return section("Notes", list.append("</ul>\n").toString());
    }

    HtmlPage append(String markup) {
        page.append(markup);
        return this;
    }

    /** Returns the whole page. */
    public String end() {
        return page
                + "<footer>Written by Coppice. What is not marked as an estimate was counted or measured.</footer>\n"
                + "</main>\n</body>\n</html>\n";
    }

    private static String resource(String name) {
        try (var in = HtmlPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks its resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + name, e);
        }
    }
}
