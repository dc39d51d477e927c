package dev.coppice.pipeline.data.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSpecTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "idx:a.gz,b.gz",
                "cifar10:dir",
                "npz:x.npz",
                "csv:x.csv",
                "images:dir/sub",
                "tokens:x.u16",
                "text:x.txt",
                "sts:x.csv",
                "digits"
            })
    void everyFormSurvivesParsing(String text) {
        assertThat(DataSpec.parse(text).text()).isEqualTo(text);
    }

    @Test
    void aPathMayContainColons() {
        assertThat(DataSpec.parse("csv:C:x")).isEqualTo(new DataSpec.Csv(Path.of("C:x")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "csv", "csv:", "idx:a", "idx:a,b,c", "idx:,b", "mnist:x", "digits:x", "CSV:x", "csv:\0"})
    void whatCannotBeUnderstoodIsAUsageError(String text) {
        assertThatThrownBy(() -> DataSpec.parse(text))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(text);
    }

    @Test
    void anExplicitSplitNeedsDataWithParts() {
        var options = DataOptions.defaults().withSplit(Split.TRAIN);
        assertThatThrownBy(() -> Batches.open(DataSpec.parse("csv:x"), options, List.of(), 1))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no training and test part");
    }

    @Test
    void theCommandsSplitYieldsToTheUsers() {
        var all = DataOptions.defaults().withSplit(Split.ALL);
        assertThat(all.orSplit(new DataSpec.Digits(), Split.TEST).split()).contains(Split.ALL);
        assertThat(DataOptions.defaults()
                        .orSplit(new DataSpec.Digits(), Split.TEST)
                        .split())
                .contains(Split.TEST);
        assertThat(DataOptions.defaults()
                        .orSplit(DataSpec.parse("csv:x"), Split.TEST)
                        .split())
                .isEmpty();
    }

    @Test
    void preprocessingIsReadFromText() {
        assertThat(Preprocess.parseNumbers("0.5,1,-2")).containsExactly(.5, 1.0, -2.0);
        assertThat(Preprocess.Size.parse("3x40")).isEqualTo(new Preprocess.Size(3, 40));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "3x", "3x4x5", "0x4", "-1x4", "axb", "99999x1"})
    void aMalformedSizeIsAUsageError(String text) {
        assertThatThrownBy(() -> Preprocess.Size.parse(text)).isInstanceOf(UsageException.class);
    }

    @Test
    void impossibleOptionsAreUsageErrors() {
        assertThatThrownBy(() -> Preprocess.parseNumbers("1,,2")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Preprocess.none().withMeanStd(List.of(), List.of(0.0)))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> DataOptions.defaults().withLimit(0)).isInstanceOf(UsageException.class);
    }
}
