package dev.coppice.prune;

import java.util.ArrayList;
import java.util.List;

/**
 * A name with wildcards: {@code *} stands for any characters ({@code /} and {@code .} too), {@code ?} for one, {@code [abc]},
 * {@code [a-z]} and {@code [!a]} for one of a set. A text always matches itself, whatever it contains.
 *
 * <p>Matching takes at most as many steps as the product of both lengths: only the last star can be to blame for a mismatch, since
 * whatever an earlier one stood for, the parts between were found as early as they can be.
 */
public final class Glob {

    /** What a glob asks of a name, from left to right. */
    private sealed interface Part {}

    /** Any number of characters. */
    private record Star() implements Part {}

    /** One character: any, or one of a set. */
    private sealed interface One extends Part {
        boolean matches(int character);
    }

    private record Any() implements One {
        @Override
        public boolean matches(int character) {
            return true;
        }
    }

    private record Range(int first, int last) {}

    private record OneOf(List<Range> ranges, boolean negated) implements One {
        @Override
        public boolean matches(int character) {
            return negated != ranges.stream().anyMatch(range -> range.first <= character && character <= range.last);
        }
    }

    private record Same(int character) implements One {
        @Override
        public boolean matches(int other) {
            return character == other;
        }
    }

    private final String text;
    private final List<Part> parts;

    public Glob(String text) {
        this.text = text;
        this.parts = parse(text.codePoints().toArray());
    }

    private static List<Part> parse(int[] glob) {
        var parts = new ArrayList<Part>();
        for (int i = 0; i < glob.length; i++) {
            int close = glob[i] == '[' ? indexOf(glob, ']', i + 2) : -1;
            if (close > 0) {
                parts.add(set(glob, i + 1, close));
                i = close;
            } else if (glob[i] != '*') {
                parts.add(glob[i] == '?' ? new Any() : new Same(glob[i]));
            } else if (parts.isEmpty() || !(parts.getLast() instanceof Star)) {
                parts.add(new Star());
            }
        }
        return parts;
    }

    private static int indexOf(int[] glob, int character, int from) {
        for (int i = from; i < glob.length; i++) {
            if (glob[i] == character) {
                return i;
            }
        }
        return -1;
    }

    private static OneOf set(int[] glob, int from, int to) {
        boolean negated = glob[from] == '!';
        var ranges = new ArrayList<Range>();
        for (int i = negated ? from + 1 : from; i < to; i++) {
            boolean range = i + 2 < to && glob[i + 1] == '-';
            ranges.add(new Range(glob[i], range ? glob[i + 2] : glob[i]));
            i += range ? 2 : 0;
        }
        return new OneOf(List.copyOf(ranges), negated);
    }

    /** Says whether a whole name matches. */
    public boolean matches(String name) {
        return name.equals(text) || matches(name.codePoints().toArray());
    }

    private boolean matches(int[] name) {
        int at = 0;
        int part = 0;
        int star = -1; // the last one, and where in the name what follows it was tried
        int tried = 0;
        while (at < name.length) {
            if (part < parts.size() && parts.get(part) instanceof Star) {
                star = part++;
                tried = at;
            } else if (part < parts.size() && parts.get(part) instanceof One one && one.matches(name[at])) {
                part++;
                at++;
            } else if (star >= 0) {
                part = star + 1;
                at = ++tried;
            } else {
                return false;
            }
        }
        return part == parts.size() || (part == parts.size() - 1 && parts.get(part) instanceof Star);
    }

    @Override
    public String toString() {
        return text;
    }
}
