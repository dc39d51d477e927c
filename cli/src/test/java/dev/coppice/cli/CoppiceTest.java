package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoppiceTest {

    @Test
    void helpListsTheExitCodes() {
        assertThat(Cli.run("--help").ended(0).out())
                .contains("Exit codes:", "0     done", "4     target not reached", "130   stopped by Ctrl-C");
    }

    @ParameterizedTest
    @ValueSource(strings = {"quickstart", "inspect", "prune", "run", "evaluate", "benchmark"})
    void everyCommandExplainsItselfWithExamples(String command) {
        assertThat(Cli.run(command, "--help").ended(0).out())
                .contains("Usage: coppice " + command, "Examples:", "  coppice " + command);
        assertThat(Cli.run("--help").out()).containsPattern("(?m)^  " + command + " ");
        assertThat(Cli.run("help", command).ended(0).out())
                .isEqualTo(Cli.run(command, "--help").out());
    }

    @Test
    void completionIsAScriptThatKnowsTheOptions() {
        assertThat(Cli.run("generate-completion").ended(0).out())
                .contains("complete -F", "--granularity", "quickstart");
    }

    @Test
    void versionIsOneLine() {
        assertThat(Cli.run("--version").ended(0).out().strip()).matches("coppice \\S+");
    }

    @Test
    void missingCommandIsAUsageError() {
        assertThat(Cli.run().ended(2).err()).contains("Missing command", "coppice --help");
    }

    @Test
    void unknownCommandNamesTheNearest() {
        assertThat(Cli.run("prun", "m.onnx").ended(2).err()).contains("did you mean prune");
    }

    @Test
    void unknownOptionNamesTheNearest() {
        assertThat(Cli.run("prune", "m.onnx", "-o", "p.onnx", "--sparsty", "0.5")
                        .ended(2)
                        .err())
                .contains("'--sparsty'", "did you mean --sparsity");
    }
}
