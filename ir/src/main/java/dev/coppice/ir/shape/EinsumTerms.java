package dev.coppice.ir.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The equation of an Einsum written out: one letter for each axis of each operand and of the output. Axes under an ellipsis have
 * letters of their own, the same ones for axes that are aligned; an output that is left out is the default one.
 */
public record EinsumTerms(List<String> operands, String output) {

    private static final String ELLIPSIS = "...";

    /** The first of the letters for axes under an ellipsis: no equation has it (Unicode's private use). */
    private static final char HIDDEN = '\uE000';

    public EinsumTerms {
        operands = List.copyOf(operands);
    }

    /** Reads an equation for operands of these ranks; empty when it does not fit them. */
    public static Optional<EinsumTerms> of(String equation, List<Integer> ranks) {
        var plain = equation.replace(" ", "");
        int arrow = plain.indexOf("->");
        var terms = (arrow < 0 ? plain : plain.substring(0, arrow)).split(",", -1);
        if (terms.length != ranks.size()) {
            return Optional.empty();
        }
        int most = 0;
        for (int i = 0; i < terms.length; i++) {
            int hidden = hidden(terms[i], ranks.get(i));
            if (hidden < 0) {
                return Optional.empty();
            }
            most = Math.max(most, hidden);
        }
        var operands = new ArrayList<String>();
        for (int i = 0; i < terms.length; i++) {
            operands.add(terms[i].replace(ELLIPSIS, letters(most, hidden(terms[i], ranks.get(i)))));
        }
        var output = arrow < 0 ? implicit(terms) : plain.substring(arrow + 2);
        return Optional.of(new EinsumTerms(operands, output.replace(ELLIPSIS, letters(most, most))));
    }

    /** Returns how many axes an ellipsis stands for; negative when the term does not fit the rank. */
    private static int hidden(String term, int rank) {
        boolean open = term.contains(ELLIPSIS);
        int hidden = rank - (open ? term.length() - ELLIPSIS.length() : term.length());
        return open || hidden == 0 ? hidden : -1;
    }

    /** Returns the last {@code count} of {@code most} letters: axes under an ellipsis are aligned at the end. */
    private static String letters(int most, int count) {
        var letters = new StringBuilder();
        for (int i = most - count; i < most; i++) {
            letters.append((char) (HIDDEN + i));
        }
        return letters.toString();
    }

    private static String implicit(String[] terms) {
        var counts = new TreeMap<Character, Integer>();
        String.join("", terms)
                .chars()
                .filter(Character::isLetter)
                .forEach(c -> counts.merge((char) c, 1, Integer::sum));
        var output = new StringBuilder(String.join("", terms).contains(ELLIPSIS) ? ELLIPSIS : "");
        counts.forEach((letter, count) -> output.append(count == 1 ? letter.toString() : ""));
        return output.toString();
    }
}
