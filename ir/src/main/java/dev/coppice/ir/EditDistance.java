package dev.coppice.ir;

import java.util.List;

/** The fewest elements to put in, take out or replace that make one sequence the other (Levenshtein 1966). */
public final class EditDistance {

    private EditDistance() {}

    /** Returns how many letters tell two texts apart. */
    public static int of(String from, String to) {
        return of(from.chars().boxed().toList(), to.chars().boxed().toList());
    }

    /** Returns how many elements tell two sequences apart. */
    public static <T> int of(List<T> from, List<T> to) {
        var row = new int[to.size() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.size(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (from.get(i - 1).equals(to.get(j - 1)) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.size()];
    }
}
