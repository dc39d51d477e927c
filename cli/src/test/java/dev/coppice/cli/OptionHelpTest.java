package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.pipeline.recipe.Option;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.OptionTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OptionHelpTest {

    private static final String HELP = Cli.run("run", "--help").out();
    private static final String PRUNE = Cli.run("prune", "--help").out();

    static Stream<Option> options() {
        return OptionTable.all().stream();
    }

    @ParameterizedTest
    @MethodSource("options")
    void helpListsEveryOptionUnderTheHeadingOfItsGroup(Option option) {
        int heading = HELP.indexOf("\n" + option.group().heading() + ":\n");
        int listed = HELP.indexOf("--" + option.name() + (option.label().isEmpty() ? "\n" : "="), heading);
        if (listed < 0) {
            listed = HELP.indexOf("--" + option.name() + " ", heading);
        }
        assertThat(heading).isPositive();
        assertThat(listed).as(option.name()).isGreaterThan(heading);
        var next = Stream.of(Group.values())
                .filter(group -> group.compareTo(option.group()) > 0)
                .findFirst();
        next.ifPresent(group -> assertThat(HELP.indexOf("--" + option.name(), heading))
                .isLessThan(HELP.indexOf("\n" + group.heading() + ":\n")));
        // Lines are broken after commas, too.
        assertThat(HELP.replaceAll("\\s", "")).contains(option.description().replaceAll("\\s", ""));
    }

    @ParameterizedTest
    @MethodSource("options")
    void pruneHasEveryOptionButThoseOfTraining(Option option) {
        boolean ofTraining = List.of("epochs", "lr-schedule", "model").contains(option.name());
        assertThat(PRUNE.matches("(?s).*--" + option.name() + "[\\s=].*")).isEqualTo(!ofTraining);
    }

    @ParameterizedTest
    @CsvSource({
        "--reconstruct, --repair least-squares",
        "--aggregate=max, leave it out",
        "--sparsty, did you mean --sparsity",
    })
    void anUnknownOptionIsRefusedWithWhatToSayInstead(String option, String hint) {
        var result = Cli.run("prune", "m.onnx", "-o", "p.onnx", option);
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains(hint);
    }

    @Test
    void theLastShareOfAGlobWinsAndComesLast(@TempDir Path folder) {
        var model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        var recipe = Cli.run(
                "prune",
                model,
                "-o",
                folder.resolve("p.onnx"),
                "--print-recipe",
                "--layers",
                "w=1=0.1",
                "--layers",
                "*=0.2",
                "--layers",
                "w=1=0.3");
        assertThat(recipe.out().replaceAll("\\s", "")).contains("layers:'*':0.2w=1:0.3");
        assertThat(Cli.run("prune", model, "-o", "p", "--layers", "fc").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("prune", model, "-o", "p", "--layers", "fc=x").code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void optionsOverARecipeAreToBlameForThemselves(@TempDir Path folder) throws IOException {
        var recipe = folder.resolve("r.yaml");
        var model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        Files.writeString(recipe, "model: " + model + "\noutput: " + folder.resolve("p.onnx") + "\nsparsity: 0.5\n");
        var wrong = Cli.run("run", recipe, "--sparsity", "2");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).doesNotContain("r.yaml");
        // Another goal takes the place of the recipe's.
        assertThat(Cli.run("run", recipe, "--max-nonzeros", "20", "--print-recipe")
                        .out())
                .contains("max-nonzeros: 20")
                .doesNotContain("sparsity: ");
        Files.writeString(recipe, "model: " + model + "\noutput: p\nsparsity: 2\n");
        var bad = Cli.run("run", recipe, "--seed", "3");
        assertThat(bad.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(bad.err()).contains("r.yaml");
    }

    @Test
    void theSchemaOfRecipesIsPrinted() {
        var result = Cli.run("recipe-schema");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("\"$schema\"").contains("\"max-latency\"");
    }
}
