package dev.coppice.pipeline;

import dev.coppice.ir.BadInputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads and writes recipes as YAML 1.2, of which JSON is a part. */
public final class RecipeFile {

    private static final long LARGEST = 1 << 20;

    private static final String NO_RECIPE =
            "a recipe is YAML, see docs/recipes.md; to prune a model without one, see 'coppice prune --help'";

    private RecipeFile() {}

    /** Reads the settings of a recipe file; throws {@link BadInputException} when it is missing or no mapping. */
    public static Settings read(Path file) {
        Object document;
        try {
            var load = new Load(LoadSettings.builder().setLabel(file.toString()).build());
            document = load.loadFromString(text(file));
        } catch (YamlEngineException e) {
            throw new BadInputException(file + " is not YAML: " + e.getMessage(), "see docs/recipes.md", e);
        }
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

    private static String text(Path file) {
        if (Files.isDirectory(file)) {
            throw new BadInputException(file + " is a directory", "name the recipe file inside it");
        }
        if (!Files.exists(file)) {
            throw new BadInputException(file + " does not exist", "check the path; a recipe is a YAML file");
        }
        try {
            if (Files.size(file) > LARGEST) {
                throw new BadInputException(file + " is too large for a recipe", NO_RECIPE);
            }
            return Files.readString(file);
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
