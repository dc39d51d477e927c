package dev.coppice.pipeline.report;

/** Makes any text safe to put into HTML and SVG. */
final class Html {

    private Html() {}

    /** Returns text that is safe between tags and inside quoted attributes; control characters become U+FFFD. */
    static String escape(String text) {
        var safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(isUnprintable(c) ? 0xFFFD : c);
            }
        });
        return safe.toString();
    }

    private static boolean isUnprintable(int c) {
        return Character.getType(c) == Character.SURROGATE
                || (Character.isISOControl(c) && c != '\n' && c != '\t')
                // These turn the direction of what follows.
                || (c >= 0x202a && c <= 0x202e)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
