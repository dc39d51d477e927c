package dev.coppice.prune;

import dev.coppice.ir.UsageException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A name with wildcards: {@code *} stands for any characters ({@code /} and {@code .} too), {@code ?} for one, {@code [abc]},
 * {@code [a-z]} and {@code [!a]} for one of a set. A text always matches itself, whatever it contains.
 */
public final class Glob {

    private final String text;
    private final Pattern pattern;

    public Glob(String text) {
        this.text = text;
        this.pattern = compile(text);
    }

    /** Says whether a whole name matches. */
    public boolean matches(String name) {
        return name.equals(text) || pattern.matcher(name).matches();
    }

    @Override
    public String toString() {
        return text;
    }

    private static Pattern compile(String glob) {
        var regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            int close = c == '[' ? glob.indexOf(']', i + 2) : -1;
            if (close > 0) {
                var set = glob.substring(i + 1, close)
                        .replace("\\", "\\\\")
                        .replace("[", "\\[")
                        .replace("&", "\\&");
                regex.append('[')
                        .append(set.startsWith("!") ? "^" + set.substring(1) : set.replace("^", "\\^"))
                        .append(']');
                i = close;
            } else {
                regex.append(
                        switch (c) {
                            case '*' -> ".*";
                            case '?' -> ".";
                            default -> Pattern.quote(String.valueOf(c));
                        });
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new UsageException(
                    "the glob '" + glob + "' is malformed", "a set of characters looks like [abc] or [a-z]", e);
        }
    }
}
