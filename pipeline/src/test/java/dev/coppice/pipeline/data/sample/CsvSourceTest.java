package dev.coppice.pipeline.data.sample;

import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.elements;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.read;
import static dev.coppice.pipeline.data.DataTesting.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvSourceTest {

    @TempDir
    private Path folder;

    private String spec(String text) throws IOException {
        return "csv:" + Files.writeString(folder.resolve("data.csv"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1,2.5,0\n-3,4e1,1\n",
                "a,b,label\n1,2.5,0\n-3,4e1,1",
                "1, 2.5, 0\r\n\r\n-3,4e1,1.0\r\n",
                "\ufeff1,2.5,0\n-3,40,1",
                "\"a,\n\"\"b\",c,d\n\"1\",\"2.5\",0\n-3,40,1",
                "1;2.5;0\n-3;40;1",
                "1\t2.5\t0\n-3\t40\t1"
            })
    void rowsAreNumbersWithTheLabelLast(String text) throws IOException {
        var batch = read(spec(text), 8, floats(-1, 2)).getFirst();
        assertThat(elements(batch)).containsExactly(1, 2.5f, -3, 40);
        assertThat(batch.labels()).containsExactly(0, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0,1,2", "1,2,3", "0,1,0"})
    void aFirstRowOfNumbersIsASample(String row) throws IOException {
        var batch = read(spec(row + "\n5,6,0\n"), 8, floats(-1, 2)).getFirst();
        assertThat(batch.samples()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0,1,label", "1,2,Target", "a,b,y", "\"150\",setosa,virginica", "x1,x2,0"})
    void aFirstRowWithNamesIsAHeader(String row) throws IOException {
        var batch = read(spec(row + "\n5,6,0\n"), 8, floats(-1, 2)).getFirst();
        assertThat(elements(batch)).containsExactly(5, 6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,1,O | line 1 has 'O' in column 3",
                "1,2,x | line 1 has 'x' in column 3",
                "inf,-Inf,1 | line 1 has 'inf' in column 1",
                "1e999,Infinity,1 | line 1 has '1e999' in column 1",
                "0,1,2,3 | line 1 only counts its columns",
                "0,1,2,3,4,5 | line 1 only counts its columns",
            })
    void aFirstRowThatMayBeASampleIsNotLostInSilence(String row, String message) throws IOException {
        assertBadInput(message, spec(row + "\n5,6,0\n"), floats(-1, 2));
    }

    @Test
    void aRowFillsADeclaredImage() throws IOException {
        var batch = read(spec("1,2,3,4,0\n"), 8, floats(-1, 1, 2, 2)).getFirst();
        assertThat(tensor(batch, "x").dims()).containsExactly(1L, 1L, 2L, 2L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,2,0;1,x,0 | line 2 has 'x' in column 2",
                "1,2,0;1,NaN,0 | line 2 has 'NaN' in column 2",
                "1,2,0;1,0 | line 2 has 2 columns",
                "1,2,0;1,2,0.5 | line 2 has the label '0.5'",
                "1,2,0;1,2,-1 | line 2 has the label '-1'",
                "1 | line 1 has one column",
                "1,,0 | line 1 has nothing in column 2",
                "NA,1,0 | line 1 has 'NA' in column 1",
                "1,2,0;1,\"2 | opens a quote that is never closed",
                "1,2,3,0 | is 1x1x3",
            })
    void aBadRowIsNamed(String rows, String message) throws IOException {
        assertBadInput(message, spec(rows.replace(';', '\n')), floats(-1, 2));
    }

    @Test
    void binaryFilesAreRefused() throws IOException {
        var file = Files.write(folder.resolve("data.csv"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertBadInput("no UTF-8", "csv:" + file, floats(-1, 2));
    }

    @Test
    void digitsComeInTwoPartsThatDoNotOverlap() {
        var input = floats(-1, 1, 8, 8);
        var test = read("digits", DataOptions.defaults().withSplit(Split.TEST), 2000, input)
                .getFirst();
        var train = read("digits", DataOptions.defaults().withSplit(Split.TRAIN), 2000, input)
                .getFirst();
        var all = read("digits", 2000, input).getFirst();
        assertThat(List.of(test.samples(), train.samples(), all.samples())).containsExactly(359, 1438, 1797);
        // Rows 4, 9, 14, ... are the test part.
        assertThat(test.labels().getFirst()).isEqualTo(all.labels().get(4));
        assertThat(train.labels().subList(0, 5)).isEqualTo(List.of(0, 1, 2, 3, 5));
        assertThat(tensor(all, "x").dims()).containsExactly(1797L, 1L, 8L, 8L);
        assertThat(elements(all)).contains(1f).doesNotContain(1.0625f, Float.NaN);
    }
}
