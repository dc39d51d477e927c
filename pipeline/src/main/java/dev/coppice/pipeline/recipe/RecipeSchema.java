package dev.coppice.pipeline.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON Schema (draft 2020-12) of recipes. */
public final class RecipeSchema {

    private RecipeSchema() {}

    /** Returns it as plain values. */
    public static Map<String, Object> document() {
        var properties = new LinkedHashMap<String, Object>();
        OptionTable.all().forEach(option -> properties.put(option.name(), property(option)));
        var document = new LinkedHashMap<String, Object>();
        document.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        document.put("title", "A recipe of Coppice");
        document.put("type", "object");
        document.put("properties", properties);
        document.put("additionalProperties", false);
        return document;
    }

    private static Map<String, Object> property(Option option) {
        var property = new LinkedHashMap<String, Object>();
        property.put("description", option.description());
        switch (option.type()) {
            case Option.Type.Flag _ -> property.put("type", "boolean");
            case Option.Type.Text text -> {
                // A model may be called 7, and a limit of latency be .5.
                // And what YAML 1.1 reads yes and no as.
                boolean flag = text.values().contains("true");
                property.put(
                        "type", List.of("string", flag ? "boolean" : "number").subList(0, text.open() || flag ? 2 : 1));
                var values = new ArrayList<Object>(text.values());
                if (flag) {
                    values.addAll(List.of(true, false));
                }
                if (!values.isEmpty()) {
                    property.put(text.open() ? "examples" : "enum", values);
                }
            }
            case Option.Type.Texts _ -> {
                property.put("type", List.of("string", "array"));
                property.put("items", Map.of("type", "string"));
            }
            case Option.Type.Real range -> {
                property.put("type", "number");
                property.put(range.aboveLeast() ? "exclusiveMinimum" : "minimum", range.least());
                if (range.most() < Double.POSITIVE_INFINITY) {
                    property.put(range.belowMost() ? "exclusiveMaximum" : "maximum", range.most());
                }
            }
            case Option.Type.Whole range -> {
                property.put("type", "integer");
                if (range.least() > Long.MIN_VALUE) {
                    property.put("minimum", range.least());
                }
                if (range.most() < Long.MAX_VALUE) {
                    property.put("maximum", range.most());
                }
            }
            case Option.Type.Numbers _ -> {
                property.put("type", List.of("number", "string", "array"));
                property.put("items", Map.of("type", "number"));
            }
            case Option.Type.Shares _ -> {
                property.put("type", "object");
                property.put("additionalProperties", Map.of("type", "number", "minimum", 0, "exclusiveMaximum", 1));
            }
        }
        return property;
    }
}
