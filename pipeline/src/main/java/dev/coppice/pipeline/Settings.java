package dev.coppice.pipeline;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    /** Throws for a name that is not in {@code known}. */
    void check(Set<String> known) {
        for (var name : values.keySet()) {
            if (!known.contains(name)) {
                throw error("unknown setting '" + name + "'", "known are " + String.join(", ", known));
            }
        }
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(Object::toString);
    }

    String requiredText(String name) {
        return text(name).orElseThrow(() -> error("'" + name + "' is missing", "say " + name + ": ..."));
    }

    Optional<Double> number(String name) {
        return Optional.ofNullable(values.get(name)).map(value -> number(name, value));
    }

    private double number(String name, Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        try {
            return Double.parseDouble(value.toString());
        } catch (NumberFormatException e) {
            throw error("'" + name + "' is no number: " + value, "write " + name + ": 0.5");
        }
    }

    Optional<Long> integer(String name) {
        return number(name).map(number -> {
            if (number != Math.rint(number)) {
                throw error("'" + name + "' is no whole number: " + number, "write it without a fraction");
            }
            return number.longValue();
        });
    }

    boolean flag(String name) {
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
            case List<?> list -> list.stream().map(Object::toString).toList();
            case Object single -> List.of(single.toString());
        };
    }

    /** Returns a list of numbers, given as a list or separated by commas. */
    List<Double> numbers(String name) {
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
        map.forEach((key, number) -> numbers.put(key.toString(), number(name, number)));
        return numbers;
    }

    /** Makes the error for something wrong with these settings: a usage error, or a bad recipe. */
    CoppiceException error(String message, String hint) {
        return origin.isEmpty()
                ? new UsageException(message, hint)
                : new BadInputException(origin + ": " + message, hint);
    }
}
