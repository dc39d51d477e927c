package dev.coppice.pipeline.recipe;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The named values that describe a run, from a recipe file or from the command line (same names there, with dashes in front).
 *
 * @param origin the recipe file's name; empty for the command line
 */
public record Settings(String origin, Map<String, Object> values) {

    public Settings {
        values = new LinkedHashMap<>(values);
    }

    /** Returns these settings with those of {@code over} put over them. */
    public Settings with(Map<String, Object> over) {
        var merged = new LinkedHashMap<>(values);
        merged.putAll(over);
        return new Settings(origin, merged);
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(value -> scalar(name, value));
    }

    private String scalar(String name, @Nullable Object value) {
        if (value == null || value instanceof Collection<?> || value instanceof Map<?, ?>) {
            throw error("'" + name + "' is not a single value", "write one value, as " + name + ": VALUE");
        }
        return value.toString();
    }

    /** Returns a file or folder, as it is written: relative ones are meant from the working directory. */
    public Optional<Path> path(String name) {
        return text(name).map(text -> {
            if (text.isEmpty()) {
                throw error("'" + name + "' is an empty name", "name a file");
            }
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw error("'" + name + "' is no path: " + e.getReason(), "name a file");
            }
        });
    }

    public String requiredText(String name) {
        return text(name).orElseThrow(() -> error("'" + name + "' is missing", "say " + name + ": ..."));
    }

    Optional<Double> number(String name) {
        return Optional.ofNullable(values.get(name)).map(value -> number(name, value));
    }

    private double number(String name, @Nullable Object value) {
        double number;
        try {
            number = value instanceof Number given ? given.doubleValue() : Double.parseDouble(scalar(name, value));
        } catch (NumberFormatException e) {
            throw error("'" + name + "' is no number: " + value, "write " + name + ": 0.5");
        }
        if (!Double.isFinite(number)) {
            throw error("'" + name + "' is not a finite number: " + value, "write " + name + ": 0.5");
        }
        return number;
    }

    public Optional<Long> integer(String name) {
        return number(name).map(number -> {
            try {
                // By way of the text, since a double has no room for every long.
                return new BigDecimal(scalar(name, values.get(name)).strip()).longValueExact();
            } catch (ArithmeticException e) {
                throw error(
                        "'" + name + "' is no whole number of 64 bits: " + values.get(name),
                        "write it without a fraction");
            } catch (NumberFormatException e) {
                throw error("'" + name + "' is no whole number: " + number, "write it in digits");
            }
        });
    }

    public boolean flag(String name) {
        var value = values.get(name);
        if (value == null || value.toString().equals("false")) {
            return false;
        }
        if (value.toString().equals("true")) {
            return true;
        }
        throw error("'" + name + "' is neither true nor false: " + value, "write " + name + ": true");
    }

    /** Returns a list of texts; a single text counts as a list of one. */
    List<String> texts(String name) {
        return switch (values.get(name)) {
            case null -> List.of();
            case List<?> list ->
                list.stream().map(element -> scalar(name, element)).toList();
            case Object single -> List.of(scalar(name, single));
        };
    }

    /** Returns a list of numbers, given as a list or separated by commas. */
    public List<Double> numbers(String name) {
        var numbers = new ArrayList<Double>();
        for (var text : texts(name)) {
            for (var part : text.split(",", -1)) {
                numbers.add(number(name, part.strip()));
            }
        }
        return numbers;
    }

    /** Returns the entries of a mapping from globs to numbers, in their order. */
    Map<String, Double> numbersByName(String name) {
        var value = values.get(name);
        var numbers = new LinkedHashMap<String, Double>();
        if (value == null) {
            return numbers;
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw error("'" + name + "' is no mapping", "write " + name + ": {\"*ffn*\": 0.8}");
        }
        map.forEach((key, number) -> numbers.put(scalar(name, key), number(name, number)));
        return numbers;
    }

    /** Makes the error for something wrong with these settings: a usage error, or a bad recipe. */
    CoppiceException error(String message, String hint) {
        return origin.isEmpty()
                ? new UsageException(message, hint)
                : new BadInputException(origin + ": " + message, hint);
    }
}
