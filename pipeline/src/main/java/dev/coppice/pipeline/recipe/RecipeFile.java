package dev.coppice.pipeline.recipe;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Reads and writes recipes as YAML 1.2, of which JSON is a part. */
public final class RecipeFile {

    private static final int LARGEST = 1 << 20; // bytes
    private static final int LONGEST = 10_000; // value, in characters
    private static final int DEEPEST = 32;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private static final String NO_RECIPE =
            "a recipe is YAML, see docs/recipes.md; to prune a model without one, see 'coppice prune --help'";

    private RecipeFile() {}

    /** Reads the settings of a recipe file; throws {@link BadInputException} when it is missing or no mapping. */
    public static Settings read(Path file) {
        var document = document(file);
        if (!(document instanceof Map<?, ?> map)) {
            throw new BadInputException(
                    file + " holds no settings", "write one 'name: value' a line; see docs/recipes.md");
        }
        var values = new LinkedHashMap<String, Object>();
        map.forEach((name, value) -> {
            if (value != null) {
                values.put(String.valueOf(name), value);
            }
        });
        return new Settings(file.toString(), values);
    }

    private static @Nullable Object document(Path file) {
        var text = text(file);
        var settings = LoadSettings.builder().setLabel(file.toString()).build();
        try {
            requireShallow(file, new Parse(settings).parseString(text));
            var document = new Load(settings).loadFromString(text);
            weigh(file, document, 0, 0);
            return document;
        } catch (CoppiceException e) {
            throw e;
        } catch (RuntimeException e) { // the parser throws more than its own exceptions, as at !!int x
            throw new BadInputException(file + problem(e), "see docs/recipes.md", e);
        }
    }

    /** Says where a file is no YAML, and why, in one line. */
    private static String problem(RuntimeException failure) {
        if (failure instanceof MarkedYamlEngineException marked
                && marked.getProblemMark().isPresent()) {
            var mark = marked.getProblemMark().get();
            return " line %d, column %d is not YAML: %s"
                    .formatted(mark.getLine() + 1, mark.getColumn() + 1, firstLine(marked.getProblem()));
        }
        return " is not YAML: " + firstLine(failure.getMessage());
    }

    private static String firstLine(@Nullable String text) {
        return String.valueOf(text).lines().findFirst().orElse("");
    }

    /** Throws before what is nested deeply is built, which takes a stack as deep. */
    private static void requireShallow(Path file, Iterable<Event> events) {
        int depth = 0;
        for (var event : events) {
            switch (event) {
                case CollectionStartEvent _ -> depth++;
                case CollectionEndEvent _ -> depth--;
                case ScalarEvent scalar
                when scalar.getValue().length() > LONGEST ->
                    throw new BadInputException(
                            "%s has a value of %,d characters"
                                    .formatted(file, scalar.getValue().length()),
                            NO_RECIPE);
                default -> {
                    // nothing nested, nothing long
                }
            }
            if (depth > DEEPEST) {
                throw tooDeep(file);
            }
        }
    }

    private static BadInputException tooDeep(Path file) {
        return new BadInputException(file + " is nested more than " + DEEPEST + " deep", NO_RECIPE);
    }

    /** Returns {@code before} and the characters of a value as they are with aliases written out; throws when that is too much. */
    private static long weigh(Path file, @Nullable Object value, int depth, long before) {
        if (depth > DEEPEST) {
            throw tooDeep(file); // an alias of what it is in
        }
        long weight = before + 1;
        switch (value) {
            case Map<?, ?> map -> {
                for (var entry : map.entrySet()) {
                    weight = weigh(file, entry.getKey(), depth + 1, weight);
                    weight = weigh(file, entry.getValue(), depth + 1, weight);
                }
            }
            case Collection<?> list -> {
                for (var element : list) {
                    weight = weigh(file, element, depth + 1, weight);
                }
            }
            case String text -> weight += text.length();
            case null, default -> {
                // a number or a flag
            }
        }
        if (weight > 2 * LARGEST) {
            throw new BadInputException(file + " is too large with its aliases written out", NO_RECIPE);
        }
        return weight;
    }

    private static String text(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + " is a directory", "name the recipe file inside it");
        }
        if (!Files.exists(file)) {
            throw new BadInputException(file + " does not exist", "check the path; a recipe is a YAML file");
        }
        try (var in = Files.newInputStream(file)) {
            var bytes = in.readNBytes(LARGEST + 1); // a device has no size
            if (bytes.length > LARGEST) {
                throw new BadInputException(file + " is too large for a recipe", NO_RECIPE);
            }
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new BadInputException(file + " is not a text file", NO_RECIPE, e);
        } catch (IOException e) {
            throw new BadInputException("cannot read the recipe " + file, "check its permissions", e);
        }
    }

    /** Returns settings as YAML, one a line. */
    public static String yaml(Map<String, Object> settings) {
        var style = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
        return new Dump(style).dumpToString(settings);
    }
}
