package dev.coppice.pipeline;

import dev.coppice.ir.BadInputException;
import java.io.IOException;
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

    private RecipeFile() {}

    /** Reads the settings of a recipe file; throws {@link BadInputException} when it is missing or no mapping. */
    public static Settings read(Path file) {
        Object document;
        try {
            var load = new Load(LoadSettings.builder().setLabel(file.toString()).build());
            document = load.loadFromString(Files.readString(file));
        } catch (IOException e) {
            throw new BadInputException("cannot read the recipe " + file, "check the path; a recipe is a YAML file", e);
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

    /** Returns settings as YAML, one a line. */
    public static String yaml(Map<String, Object> settings) {
        var style = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
        return new Dump(style).dumpToString(settings);
    }
}
