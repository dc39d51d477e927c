package dev.coppice.pipeline.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeSchemaTest {

    private static final Map<?, ?> PROPERTIES =
            (Map<?, ?>) RecipeSchema.document().get("properties");

    static Stream<Option> options() {
        return OptionTable.all().stream();
    }

    @ParameterizedTest
    @MethodSource("options")
    void theSchemaAllowsWhatAnOptionCanBeAndNothingOfAnotherKind(Option option) {
        var property = (Map<?, ?>) PROPERTIES.get(option.name());
        assertThat(property.get("description")).isEqualTo(option.description());
        assertThat(allows(property, OptionCases.value(option))).isTrue();
        assertThat(allows(property, Map.of("a", List.of()))).isFalse();
    }

    @Test
    void theSchemaKnowsTheOptionsAndNoOthers() {
        assertThat(PROPERTIES.keySet()).extracting(Object::toString).containsExactlyElementsOf(OptionTable.names());
        assertThat(RecipeSchema.document()).containsEntry("additionalProperties", false);
    }

    @Test
    void theShippedRecipeIsOfTheSchema() {
        var recipe =
                RecipeFile.read(Path.of("..", "recipes", "encoder-cpu.yaml")).values();
        assertThat(recipe)
                .isNotEmpty()
                .allSatisfy((name, value) -> assertThat(allows((Map<?, ?>) PROPERTIES.get(name), value))
                        .as(name)
                        .isTrue());
    }

    @Test
    void rangesAreThoseOfTheTable() {
        var sparsity = (Map<?, ?>) PROPERTIES.get("sparsity");
        assertThat(allows(sparsity, 0.0)).isTrue();
        assertThat(allows(sparsity, 1.0)).isFalse();
        assertThat(allows((Map<?, ?>) PROPERTIES.get("max-macs"), 0.0)).isFalse();
        assertThat(allows((Map<?, ?>) PROPERTIES.get("batch"), 0L)).isFalse();
        assertThat(allows((Map<?, ?>) PROPERTIES.get("schedule"), "cubik")).isFalse();
    }

    /** Reads the keywords that the schema uses (JSON Schema Validation 2020-12, sections 6.1 and 6.2; Core, 10.3). */
    private static boolean allows(Map<?, ?> schema, Object value) {
        var types = schema.get("type") instanceof List<?> several ? several : List.of(schema.get("type"));
        if (types.stream().noneMatch(type -> isOf(type.toString(), value))) {
            return false;
        }
        if (schema.get("enum") instanceof List<?> known && !known.contains(value)) {
            return false;
        }
        return switch (value) {
            case List<?> list ->
                !(schema.get("items") instanceof Map<?, ?> items)
                        || list.stream().allMatch(element -> allows(items, element));
            case Map<?, ?> map ->
                schema.get("additionalProperties") instanceof Map<?, ?> rest
                        && map.values().stream().allMatch(element -> allows(rest, element));
            case Number number -> {
                double is = number.doubleValue();
                yield is >= bound(schema, "minimum", Double.NEGATIVE_INFINITY)
                        && is <= bound(schema, "maximum", Double.POSITIVE_INFINITY)
                        && is > bound(schema, "exclusiveMinimum", Double.NEGATIVE_INFINITY)
                        && is < bound(schema, "exclusiveMaximum", Double.POSITIVE_INFINITY);
            }
            default -> true;
        };
    }

    private static double bound(Map<?, ?> schema, String keyword, double otherwise) {
        return schema.get(keyword) instanceof Number bound ? bound.doubleValue() : otherwise;
    }

    private static boolean isOf(String type, Object value) {
        return switch (type) {
            case "boolean" -> value instanceof Boolean;
            case "string" -> value instanceof String;
            case "number" -> value instanceof Number;
            case "integer" -> value instanceof Long || value instanceof Integer;
            case "array" -> value instanceof List<?>;
            case "object" -> value instanceof Map<?, ?>;
            default -> throw new IllegalArgumentException(type);
        };
    }
}
