package dev.coppice.cli;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** An option or positional parameter of a command, and what the user gave for it. */
record Argument<T>(ArgSpec spec) {

    /** Returns what was given, or the default; empty for neither. */
    Optional<T> given() {
        @Nullable T value = spec.getValue();
        return Optional.ofNullable(value);
    }

    /** Returns the value of an argument that is required or has a default. */
    T value() {
        return given().orElseThrow();
    }

    /** Says whether a flag was given. */
    boolean isSet() {
        return Boolean.TRUE.equals(spec.<Object>getValue());
    }

    /** Returns the name of the recipe setting that it stands for: the option's without dashes, the parameter's in small letters. */
    String setting() {
        return spec instanceof OptionSpec option
                ? option.longestName().substring(2)
                : spec.paramLabel().toLowerCase(Locale.ROOT);
    }
}
