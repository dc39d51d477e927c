package dev.coppice.pipeline.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.Option.Type;
import dev.coppice.pipeline.run.Fingerprint;
import dev.coppice.pipeline.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OptionTableTest {

    @TempDir
    Path folder;

    static Stream<String> names() {
        return OptionTable.names().stream();
    }

    @Test
    void everyOptionAffectsWhatItIsExpectedTo() {
        var affects = new HashMap<String, Affects>();
        OptionTable.all().forEach(option -> affects.put(option.name(), option.affects()));
        assertThat(affects).containsExactlyInAnyOrderEntriesOf(OptionCases.expected());
    }

    @ParameterizedTest
    @MethodSource("names")
    void aRecipeFileKeepsEveryOption(String name) throws IOException {
        var settings = with(OptionTable.named(name));
        var file = folder.resolve("recipe.yaml");
        Files.writeString(file, RecipeFile.yaml(settings));
        assertThat(new HashMap<>(RecipeFile.read(file).values())).hasToString(new HashMap<>(settings).toString());
        assertThat(Recipe.of(RecipeFile.read(file)).describe()).containsKey(name);
    }

    @ParameterizedTest
    @MethodSource("names")
    void checkpointsAreOfAnotherRunWhereAnOptionChangesWhatTheModelBecomes(String name) {
        var option = OptionTable.named(name);
        boolean changes = OptionCases.expected().get(name).compareTo(Affects.JUDGEMENT) < 0;
        assertThat(fingerprint(with(option)).equals(fingerprint(without(option))))
                .as(name)
                .isEqualTo(!changes);
    }

    @ParameterizedTest
    @MethodSource("names")
    void aRunDirectoryIsOfAnotherRunWhereAnOptionIsNoPlace(String name) throws IOException {
        var option = OptionTable.named(name);
        RunDirectory.at(folder)
                .write(
                        "recipe.yaml",
                        RecipeFile.yaml(Recipe.of(settings(without(option))).describe()));
        var changed = Recipe.of(settings(with(option))).describe();
        boolean place = OptionCases.expected().get(name) == Affects.PLACE && !name.equals("model");
        if (place) {
            assertThat(RunDirectory.state(folder, changed)).isEqualTo(RunDirectory.State.BEGUN);
        } else {
            assertThatThrownBy(() -> RunDirectory.state(folder, changed))
                    .as(name)
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("holds another run");
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void valuesOutsideTheirRangeAreRefusedByName(String name) {
        var wrong = switch (OptionTable.named(name).type()) {
            case Type.Flag _ -> "maybe";
            case Type.Real range -> range.least() - 1;
            case Type.Whole(long least, long _) -> least == Long.MIN_VALUE ? 0.5 : (Object) (least - 1);
            case Type.Text text -> text.open() ? Map.of("a", "b") : "no-such-thing";
            case Type.Texts _ -> Map.of("a", "b");
            case Type.Numbers _ -> "one";
            case Type.Shares _ -> "half";
        };
        var settings = without(OptionTable.named(name));
        settings.put(name, wrong);
        assertThatThrownBy(() -> Recipe.of(new Settings("r.yaml", settings)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("r.yaml: ")
                .hasMessageContaining(name);
    }

    @ParameterizedTest
    @CsvSource({
        "reconstruct, repair: least-squares",
        "aggregate, leave it out",
        "sparsty, did you mean sparsity?",
    })
    void anUnknownSettingIsRefusedWithWhatToSayInstead(String name, String hint) {
        var settings =
                new LinkedHashMap<String, Object>(Map.of("model", "m", "output", "o", "sparsity", 0.5, name, true));
        assertThatThrownBy(() -> Recipe.of(settings(settings)))
                .isInstanceOfSatisfying(
                        UsageException.class,
                        failure -> assertThat(failure.hint()).contains(hint));
    }

    @ParameterizedTest
    @CsvSource({"batch-norm, TRAIN", "allocate, Global", "int8, DYNAMIC", "optimizer, SGD", "split, Test"})
    void knownWordsAreKeptInLowerCase(String name, String value) {
        var settings = without(OptionTable.named(name));
        settings.put(name, value);
        assertThat(Recipe.of(settings(settings)).describe()).containsEntry(name, value.toLowerCase(Locale.ROOT));
    }

    @Test
    void theOrderOfTheLinesOfARecipeIsOfNoConsequence() {
        var settings = without(OptionTable.named("pooling"));
        settings.putAll(Map.of("include-normalised", true, "pooling", "cls", "granularity", "channel", "steps", 2L));
        var reversed = new LinkedHashMap<String, Object>();
        settings.keySet().stream()
                .sorted(Comparator.reverseOrder())
                .forEach(name -> reversed.put(name, settings.get(name)));
        assertThat(List.copyOf(reversed.keySet())).isNotEqualTo(List.copyOf(settings.keySet()));
        assertThat(fingerprint(reversed)).isEqualTo(fingerprint(settings));
        assertThat(OptionTable.affecting(reversed, Affects.RANKING))
                .hasToString(OptionTable.affecting(settings, Affects.RANKING).toString());
    }

    @Test
    void aPlanBesideTrainingAloneIsRefused() {
        var settings =
                Map.<String, Object>of("model", "m", "output", "o", "plan", "p.json", "epochs", 1, "data", "npz:d.npz");
        assertThatThrownBy(() -> Recipe.of(settings(settings)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'plan' contradicts 'epochs'");
    }

    private String fingerprint(Map<String, Object> settings) {
        return Fingerprint.of(Recipe.of(settings(settings)));
    }

    private static Settings settings(Map<String, Object> values) {
        return new Settings("", values);
    }

    private Map<String, Object> with(Option option) {
        var settings = without(option);
        if (List.of("plan", "epochs").contains(option.name())) {
            settings.remove("sparsity"); // which they contradict
        }
        var value = OptionCases.value(option);
        settings.put(option.name(), value.equals(OptionCases.FILE) ? model("other.onnx") : value);
        return settings;
    }

    private Map<String, Object> without(Option option) {
        var settings = OptionCases.beside(option);
        settings.put("model", model("m.onnx"));
        settings.putIfAbsent("output", "out.onnx");
        return settings;
    }

    private String model(String name) {
        var file = folder.resolve(name);
        if (!Files.exists(file)) {
            OnnxWriter.write(Dsl.model("""
                input x float[N,2]
                const w float[2,3] = 1 2 3 4 5 6
                y = MatMul(x, w)
                output y
                """), file);
        }
        return file.toString();
    }
}
