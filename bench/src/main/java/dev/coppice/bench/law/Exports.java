package dev.coppice.bench.law;

import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the index of bench/export-models.sh says of an exported model. */
final class Exports {

    private Exports() {}

    /** Returns the sizes of a model's inputs; empty for a file that is not in an index. */
    static Map<String, List<Long>> shapes(Path file) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        var index = folder == null || folder.getParent() == null ? file : folder.resolveSibling("index.json");
        var shapes = new HashMap<String, List<Long>>();
        if (folder == null || !Files.isRegularFile(index) || !index.endsWith("index.json")) {
            return shapes;
        }
        var name = folder.getFileName() + "/" + file.getFileName();
        if (Json.read(Files.readString(index)) instanceof List<?> entries) {
            for (var entry : entries) {
                if (entry instanceof Map<?, ?> map
                        && name.equals(map.get("file"))
                        && map.get("inputs") instanceof List<?> inputs) {
                    inputs.forEach(input -> add((Map<?, ?>) input, shapes));
                }
            }
        }
        return shapes;
    }

    private static void add(Map<?, ?> input, Map<String, List<Long>> shapes) {
        var dims = new ArrayList<Long>();
        for (var dim : (List<?>) java.util.Objects.requireNonNull(input.get("shape"))) {
            dims.add(((Number) dim).longValue());
        }
        shapes.put(String.valueOf(input.get("name")), dims);
    }
}
