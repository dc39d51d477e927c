package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NewCommandTest {

    @TempDir
    private Path folder;

    @Test
    void theModelIsWrittenAndDescribed() {
        var file = folder.resolve("m.onnx");
        var outcome = Cli.run("new", "lenet5", "-o", file, "--json").ended(0);
        var described = outcome.json();
        assertThat(described.get("parameters")).isEqualTo(431_080L);
        assertThat(described.get("architecture")).isEqualTo("lenet5");
        assertThat(Cli.weight(file, "fc2.weight").dims()).containsExactly(10L, 500L);
        assertThat(Cli.run("inspect", file).ended(0).out()).contains("431");
    }

    @Test
    void equalSeedsGiveEqualFiles() {
        var first = folder.resolve("a.onnx");
        var second = folder.resolve("b.onnx");
        var third = folder.resolve("c.onnx");
        assertThat(Cli.run("new", "resnet8", "-o", first, "--seed", 9).ended(0).out())
                .contains("resnet8 with 75,290 parameters");
        Cli.run("new", "resnet8", "-o", second, "--seed", 9).ended(0);
        Cli.run("new", "resnet8", "-o", third, "--seed", 10).ended(0);
        assertThat(Cli.bytes(second)).isEqualTo(Cli.bytes(first));
        assertThat(Cli.bytes(third)).isNotEqualTo(Cli.bytes(first));
    }

    @Test
    void sizeAndClassesAreAsAskedFor() {
        var file = folder.resolve("m.onnx");
        Cli.run("new", "lenet300", "-o", file, "--input", "1x8x8", "--classes", 4)
                .ended(0);
        assertThat(Cli.weight(file, "fc1.weight").dims()).containsExactly(300L, 64L);
        assertThat(Cli.weight(file, "fc3.weight").dims()).containsExactly(4L, 100L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            alexnet                   | known are lenet300
            resnet19                  | resnet20
            lenet5 --input 28x28      | CHANNELSxHEIGHTxWIDTH
            lenet5 --input 1x4x4      | larger images
            lenet5 --classes 0        | from 2
            lenet5 --seed x           | --help
            """)
    void aRequestThatMakesNoSenseIsExplained(String arguments, String hint) {
        var file = folder.resolve("m.onnx");
        var all = ("new -o " + file + " " + arguments).split(" ");
        assertThat(Cli.run((Object[]) all).ended(2).err()).contains(hint);
        assertThat(file).doesNotExist();
    }

    @Test
    void anOutputInAMissingDirectoryIsRefused() {
        var file = folder.resolve("none/m.onnx");
        assertThat(Cli.run("new", "lenet5", "-o", file).ended(2).err()).contains("does not exist");
        assertThat(Files.exists(folder.resolve("none"))).isFalse();
    }
}
