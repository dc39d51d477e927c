package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to a JSON object; each method throws {@link BadInputException} when the field is missing or of another type.
 *
 * @param file where it comes from, for messages
 * @param hint what helps where it is damaged
 */
record Fields(Path file, Map<?, ?> map, String hint) {

    static Fields read(Path file, String hint) {
        return new Fields(file, Json.document(file, hint), hint);
    }

    String text(String name) {
        return text(name, map.get(name));
    }

    private String text(String name, @Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw missing(name, "a text");
    }

    List<String> texts(String name) {
        return list(name, "a list of texts").stream()
                .map(element -> text(name, element))
                .toList();
    }

    long integer(String name) {
        return integer(name, map.get(name));
    }

    private long integer(String name, @Nullable Object value) {
        if (value instanceof Long number) {
            return number;
        }
        throw missing(name, "a whole number");
    }

    int whole(String name) {
        return whole(name, integer(name));
    }

    private int whole(String name, long number) {
        if (number != (int) number) {
            throw missing(name, "a whole number of units, rows or columns");
        }
        return (int) number;
    }

    List<Long> integers(String name) {
        return list(name, "a list of whole numbers").stream()
                .map(element -> integer(name, element))
                .toList();
    }

    List<Integer> wholes(String name) {
        return integers(name).stream().map(number -> whole(name, number)).toList();
    }

    /** Returns the objects of a list. */
    List<Fields> objects(String name) {
        var objects = new ArrayList<Fields>();
        for (var element : list(name, "a list of objects")) {
            if (!(element instanceof Map<?, ?> object)) {
                throw new BadInputException(file + ": an entry of '" + name + "' is no object", hint);
            }
            objects.add(new Fields(file, object, hint));
        }
        return objects;
    }

    private List<?> list(String name, String what) {
        if (map.get(name) instanceof List<?> list) {
            return list;
        }
        throw missing(name, what);
    }

    private BadInputException missing(String name, String what) {
        return new BadInputException("%s: '%s' is not %s".formatted(file, name, what), hint);
    }
}
