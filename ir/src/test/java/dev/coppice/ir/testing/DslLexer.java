package dev.coppice.ir.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Cuts DSL text into words, strings, punctuation and line ends. */
final class DslLexer {

    enum Kind {
        WORD,
        STRING,
        PUNCTUATION,
        END_OF_LINE,
        END
    }

    record Token(Kind kind, String text, int line) {
        boolean is(String punctuation) {
            return kind == Kind.PUNCTUATION && text.equals(punctuation);
        }
    }

    private static final Pattern TOKEN =
            Pattern.compile("#.*|\"(?<string>[^\"]*)\"|(?<punctuation>[()\\[\\]{}=,])|(?<word>[^\\s\"#()\\[\\]{}=,]+)");

    private DslLexer() {}

    static List<Token> tokens(String text) {
        var tokens = new ArrayList<Token>();
        int number = 0;
        for (var line : text.lines().toList()) {
            number++;
            var matcher = TOKEN.matcher(line);
            while (matcher.find()) {
                if (matcher.group("string") != null) {
                    tokens.add(new Token(Kind.STRING, matcher.group("string"), number));
                } else if (matcher.group("punctuation") != null) {
                    tokens.add(new Token(Kind.PUNCTUATION, matcher.group(), number));
                } else if (matcher.group("word") != null) {
                    tokens.add(new Token(Kind.WORD, matcher.group(), number));
                }
            }
            tokens.add(new Token(Kind.END_OF_LINE, "end of line", number));
        }
        tokens.add(new Token(Kind.END, "end of text", number));
        return tokens;
    }
}
