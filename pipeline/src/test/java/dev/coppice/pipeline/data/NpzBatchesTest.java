package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataTesting.assertBadInput;
import static dev.coppice.pipeline.data.DataTesting.elements;
import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.input;
import static dev.coppice.pipeline.data.DataTesting.read;
import static dev.coppice.pipeline.data.DataTesting.tensor;
import static dev.coppice.pipeline.data.NumpyFiles.data;
import static dev.coppice.pipeline.data.NumpyFiles.floatData;
import static dev.coppice.pipeline.data.NumpyFiles.longData;
import static dev.coppice.pipeline.data.NumpyFiles.npy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzBatchesTest {

    @TempDir
    private Path folder;

    private String npz(int method, Map<String, byte[]> arrays) throws IOException {
        return "npz:" + NumpyFiles.npz(folder.resolve("data.npz"), method, arrays);
    }

    private String npz(Map<String, byte[]> arrays) throws IOException {
        return npz(ZipEntry.DEFLATED, arrays);
    }

    @Test
    void onlyArchivesWithoutYAreUnlabelled() throws IOException {
        var x = npy(1, "<f4", "1, 2", floatData(1, 2));
        assertThat(DataSpec.parse(npz(Map.of("x", x))).isUnlabelled(List.of())).isTrue();
        var labelled = npz(Map.of("x", x, "y", npy(1, "<i8", "1,", longData(0))));
        assertThat(DataSpec.parse(labelled).isUnlabelled(List.of(floats(-1, 2))))
                .isFalse();
        assertThat(DataSpec.parse(labelled).isUnlabelled(List.of(input("y", DType.INT64, -1))))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
    void arraysAndLabelsStreamSideBySide(int method) throws IOException {
        var spec = npz(
                method,
                Map.of(
                        "x", npy(1, "<f4", "3, 2", floatData(1, 2, 3, 4, 5, 6)),
                        "ids", npy(2, "<i8", "3, 1", longData(10, 20, 30)),
                        "y", npy(3, "<i8", "3,", longData(2, 0, 1))));
        var batches = read(spec, 2, floats(-1, 2), input("ids", DType.INT64, -1, 1));
        assertThat(batches).hasSize(2);
        assertThat(elements(batches.getFirst())).containsExactly(1, 2, 3, 4);
        assertThat(elements(batches.getLast())).containsExactly(5, 6);
        assertThat(tensor(batches.getLast(), "ids").toDoubles()).containsExactly(30);
        assertThat(batches.getFirst().labels()).containsExactly(2, 0);
    }

    @Test
    void labelsMayBeAbsent() throws IOException {
        var spec = npz(Map.of("x", npy(1, "<f4", "1, 2", floatData(1, 2))));
        assertThat(read(spec, 2, floats(-1, 2)).getFirst().labels()).isEmpty();
    }

    @Test
    void aFixedBatchIsFilledWithCopiesOfTheLastSample() throws IOException {
        var spec = npz(Map.of("x", npy(1, "<f4", "3, 1", floatData(1, 2, 3))));
        var batches = read(spec, 32, floats(2, 1));
        assertThat(batches).hasSize(2);
        assertThat(batches.getLast().samples()).isEqualTo(1);
        assertThat(elements(batches.getLast())).containsExactly(3, 3);
    }

    @Test
    void numbersAreConvertedWhereTheyFit() throws IOException {
        var doubles = data(16).putDouble(0, 1.5).putDouble(8, -2);
        var small = data(2).put(0, (byte) -1).put(1, (byte) 7);
        var spec = npz(Map.of("x", npy(1, "<f8", "2, 1", doubles), "i", npy(1, "|i1", "2, 1", small)));
        var batch = read(spec, 2, floats(-1, 1), input("i", DType.INT64, -1, 1)).getFirst();
        assertThat(elements(batch)).containsExactly(1.5f, -2);
        assertThat(tensor(batch, "i").toDoubles()).containsExactly(-1, 7);
    }

    @Test
    void whatDoesNotFitTheInputIsRefused() throws IOException {
        var spec = npz(Map.of("x", npy(1, "<i8", "1, 1", longData(1L << 40))));
        assertBadInput("is <i8, the model's input is FLOAT", spec, floats(-1, 1));
        assertBadInput("value 1099511627776", spec, input("x", DType.INT32, -1, 1));
        assertBadInput("no array 'z' for the model's input; it has: x", spec, input("z", DType.FLOAT, -1, 1));
        var uneven = npz(Map.of("x", npy(1, "<f4", "2, 1", floatData(1, 2)), "y", npy(1, "<i8", "1,", longData(1))));
        assertBadInput("has 1 samples", uneven, floats(-1, 1));
        var wide = npz(Map.of("x", npy(1, "<f8", "1, 1", data(8).putDouble(0, 1e300))));
        assertBadInput("1.0E300 in row 0, which does not fit", wide, floats(-1, 1));
    }

    @Test
    void arraysThatCannotBeReadAreRefused() throws IOException {
        var data = floatData(1, 2);
        var input = floats(-1, 1);
        assertBadInput("'|O'", npz(Map.of("x", npy(1, "|O", "2, 1", data))), input);
        assertBadInput("format 1, 2 or 3", npz(Map.of("x", npy(9, "<f4", "2, 1", data))), input);
        assertBadInput("is a scalar", npz(Map.of("x", npy(1, "<f4", "", data))), input);
        assertBadInput("ends too early", npz(Map.of("x", npy(1, "<f4", "2000000000, 1", data))), input);
        assertBadInput("more than 2 GiB", npz(Map.of("x", npy(1, "<f4", "2, 2000000000", data))), input);
        assertBadInput("has the size 99999999999", npz(Map.of("x", npy(1, "<f4", "99999999999, 1", data))), input);
        assertBadInput("no NumPy array", npz(Map.of("x", "garbage bytes".getBytes(StandardCharsets.UTF_8))), input);
        assertBadInput("ends too early", npz(Map.of("x", new byte[] {1, 2})), input);
        var fields = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }";
        assertBadInput("no simple element type", npz(Map.of("x", npy(1, fields, data))), input);
    }

    @Test
    void bigEndianAndFortranOrderAreRead() throws IOException {
        var big = java.nio.ByteBuffer.allocate(8).putFloat(0, 1.5f).putFloat(4, -2);
        assertThat(elements(read(npz(Map.of("x", npy(1, ">f4", "2, 1", big))), 2, floats(-1, 1))
                        .getFirst()))
                .containsExactly(1.5f, -2);
        var header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
        var columns = npz(Map.of("x", npy(1, header, floatData(1, 4, 2, 5, 3, 6))));
        assertThat(elements(read(columns, 2, floats(-1, 3)).getFirst())).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void whatIsNoNumberIsNamedWithItsRow() throws IOException {
        var input = floats(-1, 2);
        assertBadInput(
                "'x' has NaN in row 2, element 1",
                npz(Map.of("x", npy(1, "<f4", "3, 2", floatData(1, 2, 3, 4, 5, Float.NaN)))),
                input);
        assertBadInput(
                "has infinity in row 0",
                npz(Map.of("x", npy(1, "<f4", "1, 2", floatData(1, Float.POSITIVE_INFINITY)))),
                input);
        assertBadInput(
                "has -infinity in row 0",
                npz(Map.of("x", npy(1, "<f4", "1, 2", floatData(1, Float.NEGATIVE_INFINITY)))),
                input);
    }

    @Test
    void minusInfinityAmongZerosIsAMask() throws IOException {
        var mask = npz(Map.of("x", npy(1, "<f4", "1, 2", floatData(0, Float.NEGATIVE_INFINITY))));
        assertThat(elements(read(mask, 2, floats(-1, 2)).getFirst())).containsExactly(0, Float.NEGATIVE_INFINITY);
    }

    @Test
    void aFlippedBitIsFoundByTheChecksum() throws IOException {
        var spec = npz(ZipEntry.STORED, Map.of("x", npy(1, "<f4", "2, 1", floatData(1, 2))));
        var file = folder.resolve("data.npz");
        var bytes = Files.readAllBytes(file);
        var text = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[text.indexOf("\n", text.indexOf("descr")) + 2] ^= 1;
        Files.write(file, bytes);
        assertBadInput("is damaged: its checksum", spec, floats(-1, 1));
    }

    @Test
    void twoArraysOfOneNameAreRefused() throws IOException {
        var array = npy(1, "<f4", "1, 1", floatData(1));
        var spec = npz(Map.of("x", array, "w", array));
        var file = folder.resolve("data.npz");
        var text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Files.writeString(file, text.replace("w.npy", "x.npy"), StandardCharsets.ISO_8859_1);
        assertBadInput("has two arrays 'x'", spec, floats(-1, 1));
    }

    @Test
    void moreBytesThanTheShapeSaysAreRefused() throws IOException {
        assertBadInput(
                "4 bytes behind its last element",
                npz(Map.of("x", npy(1, "<f4", "1, 1", floatData(1, 2)))),
                floats(-1, 1));
    }

    @Test
    void samplesOfAModelWithoutAnAxisForThemComeOneByOne() throws IOException {
        var spec = npz(Map.of("x", npy(1, "<f4", "2, 3", floatData(1, 2, 3, 4, 5, 6))));
        var batches = read(spec, 8, floats(3));
        assertThat(batches).hasSize(2);
        assertThat(tensor(batches.getLast(), "x").dims()).containsExactly(3L);
        assertThat(elements(batches.getLast())).containsExactly(4, 5, 6);
    }

    @Test
    void whatIsNoArchiveIsRefused() throws IOException {
        var file = Files.writeString(folder.resolve("text.npz"), "no archive");
        assertBadInput("no NumPy archive", "npz:" + file, floats(-1, 1));
    }
}
