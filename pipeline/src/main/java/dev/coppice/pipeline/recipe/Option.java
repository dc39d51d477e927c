package dev.coppice.pipeline.recipe;

import java.util.List;

/**
 * A setting of recipes, and an option of the command line.
 *
 * @param name as recipes write it; the command line puts two dashes in front
 * @param label what stands for its value in help, as {@code N}
 * @param otherwise what holds where it is not given, in words; empty where nothing does
 * @param meaning one line
 */
public record Option(
        String name, String label, Type type, String otherwise, Group group, Affects affects, String meaning) {

    /** Under which heading help has it. */
    public enum Group {
        GOAL("Goal"),
        CUT("What goes"),
        STRUCTURE("Channels, heads and layers"),
        REPAIR("Repair without training"),
        RECOVERY("Training after the cut"),
        TRAINING("How weights are trained"),
        INT8("Int8"),
        DATA("Data"),
        OUTPUT("Model, output and run");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        public String heading() {
            return heading;
        }
    }

    /** What another value changes; each changes what those below it do. */
    public enum Affects {
        /** How units are ranked and layers are judged: curves of sensitivity, too. */
        RANKING,
        /** Which units go. */
        CUT,
        /** What else becomes of the model. */
        RUN,
        /** What is measured of the result. */
        JUDGEMENT,
        /** Where things are. */
        PLACE
    }

    /** What values there are. */
    public sealed interface Type {

        /** True where it is named. */
        record Flag() implements Type {}

        /**
         * One text.
         *
         * @param values the known ones
         * @param open whether there are others
         */
        record Text(List<String> values, boolean open) implements Type {
            public Text {
                values = List.copyOf(values);
            }
        }

        /** Several texts. */
        record Texts() implements Type {}

        /**
         * A number.
         *
         * @param aboveLeast whether {@code least} itself is left out
         * @param belowMost whether {@code most} itself is left out
         */
        record Real(double least, boolean aboveLeast, double most, boolean belowMost) implements Type {

            boolean holds(double number) {
                return (aboveLeast ? number > least : number >= least) && (belowMost ? number < most : number <= most);
            }

            @Override
            public String toString() {
                var from = aboveLeast ? "above " + plain(least) : plain(least) + " or more";
                return most == Double.POSITIVE_INFINITY
                        ? from
                        : "%s %s and %s %s"
                                .formatted(
                                        aboveLeast ? "above" : "at least",
                                        plain(least),
                                        belowMost ? "less than" : "at most",
                                        plain(most));
            }

            private static String plain(double number) {
                return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
            }
        }

        /** A whole number. */
        record Whole(long least, long most) implements Type {
            @Override
            public String toString() {
                return most == Long.MAX_VALUE ? least + " or more" : "from " + least + " to " + most;
            }
        }

        /** Numbers, as a list or with commas between them. */
        record Numbers() implements Type {}

        /** A number for each of some globs. */
        record Shares() implements Type {}
    }

    /** Returns the line of help. */
    public String description() {
        return otherwise.isEmpty() ? meaning : meaning + " Default " + otherwise + ".";
    }
}
