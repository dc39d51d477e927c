package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.SourceFile;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model and its data file appear as one, and nothing else in the folder is touched. */
class DataFileTest {

    private static final String OURS = "out-[0-9a-z]{4}\\.data";

    @TempDir
    private Path folder;

    @Test
    void theNameIsThatOfTheModelAndItsContent() throws IOException {
        var one = write("out.onnx", model(1));
        var same = write("again/out.onnx", model(1));
        var other = write("other/out.onnx", model(2));
        assertThat(name(one)).matches(OURS).isEqualTo(name(same)).isNotEqualTo(name(other));
        assertThat(Files.readAllBytes(one)).isEqualTo(Files.readAllBytes(same));
    }

    @Test
    void theNameIsNoLongerThanTheCustomaryOne() throws IOException {
        assertThat(name(write("model.onnx", model(1)))).hasSameSizeAs("model.onnx.data");
    }

    @Test
    void theDataOfTheModelThatWasThereBeforeGo() throws IOException {
        write("out.onnx", model(1));
        var out = write("out.onnx", model(2));
        assertThat(files()).containsExactlyInAnyOrder("out.onnx", name(out));
    }

    @Test
    void dataGoWhenTheNewModelHasNone() throws IOException {
        write("out.onnx", model(1));
        OnnxWriter.write(model(2), folder.resolve("out.onnx"));
        assertThat(files()).containsExactly("out.onnx");
    }

    @Test
    void aModelWithTheCustomaryDataFileIsReplacedWithIt() throws IOException {
        var in = customary("in.onnx", "in.onnx.data");
        var out = OnnxWriter.write(pruned(OnnxReader.read(in)), in);
        assertThat(files()).containsExactlyInAnyOrder("in.onnx", name(out.get(0)));
    }

    @Test
    void dataThatAnotherModelUsesStay() throws IOException {
        var first = write("out.onnx", model(1));
        var copy = Files.copy(first, folder.resolve("copy.onnx"));
        write("out.onnx", model(2));
        assertThat(Differences.between(model(1), OnnxReader.read(copy))).isEmpty();
    }

    @Test
    void dataThatADamagedModelNamesStay() throws IOException {
        var first = write("out.onnx", model(1));
        var kept = name(first);
        var bytes = Files.readAllBytes(first);
        Files.write(folder.resolve("damaged"), java.util.Arrays.copyOf(bytes, bytes.length - 3));
        write("out.onnx", model(2));
        assertThat(files()).contains(kept);
    }

    @Test
    void dataOfAnotherNameStay() throws IOException {
        var in = customary("in.onnx", "weights.bin");
        OnnxWriter.write(pruned(OnnxReader.read(in)), in);
        assertThat(files()).contains("weights.bin");
    }

    @Test
    void aFileThatOnlyLooksLikeOursStays() throws IOException {
        Files.writeString(folder.resolve("out-test.data"), "of somebody else");
        Files.writeString(folder.resolve("test"), "of somebody else");
        write("out.onnx", model(1));
        assertThat(files()).contains("out-test.data", "test");
    }

    /** As a kill between the two renames leaves it. */
    @Test
    void dataWithoutTheirModelGoWithTheNextWrite() throws IOException {
        Files.delete(write("out.onnx", model(1)));
        var out = write("out.onnx", model(2));
        assertThat(files()).containsExactlyInAnyOrder("out.onnx", name(out));
    }

    @Test
    void aFileOfOtherContentInTheWayMakesTheNameLonger() throws IOException {
        var expected = name(write("elsewhere/out.onnx", model(1)));
        Files.writeString(folder.resolve(expected), "of somebody else");
        var out = write("out.onnx", model(1));
        assertThat(name(out)).matches("out-[0-9a-z]{5}\\.data");
        assertThat(folder.resolve(expected)).hasContent("of somebody else");
        assertThat(Differences.between(model(1), OnnxReader.read(out))).isEmpty();
    }

    @Test
    void bothFilesTogetherAreNeverLargerThanBefore() throws IOException {
        for (var data : List.of("in.onnx.data", "weights.bin", "w.bin")) {
            var in = customary("in.onnx", data);
            long before = Files.size(in) + Files.size(folder.resolve(data));
            var written = OnnxWriter.write(
                    pruned(OnnxReader.read(in)), folder.resolve("a-rather-long-name-of-an-output.onnx"));
            long after = Files.size(written.get(0)) + Files.size(written.get(1));
            assertThat(after).as(data).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void aNameAsLongAsCanBeWorks() throws IOException {
        var name = "n".repeat(250) + ".onnx";
        assertThat(Differences.between(model(1), OnnxReader.read(write(name, model(1)))))
                .isEmpty();
    }

    @Test
    void aModelWhoseFileIsCutOffMeanwhileIsNotWritten() throws IOException {
        var in = folder.resolve("in.onnx");
        OnnxWriter.write(model(1), in);
        var read = OnnxReader.read(in);
        try (var file = Files.newByteChannel(in, StandardOpenOption.WRITE)) {
            file.truncate(5_000);
        }
        assertThatThrownBy(() -> OnnxWriter.write(pruned(read), folder.resolve("out.onnx")))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("in.onnx was changed while it was in use");
        assertThat(files()).containsExactly("in.onnx");
    }

    @Test
    void aModelWhoseDataAreRewrittenMeanwhileIsNotWritten() throws IOException {
        var in = customary("in.onnx", "in.onnx.data");
        var read = OnnxReader.read(in);
        var bytes = Files.readAllBytes(folder.resolve("in.onnx.data"));
        Files.write(folder.resolve("in.onnx.data"), bytes);
        assertThatThrownBy(() -> OnnxWriter.write(pruned(read), folder.resolve("out.onnx")))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("in.onnx.data was changed while it was in use");
        assertThat(files()).containsExactlyInAnyOrder("in.onnx", "in.onnx.data");
    }

    @Test
    void aModelWhoseFileIsReplacedMeanwhileIsWrittenAsItWasRead() throws IOException {
        var in = folder.resolve("in.onnx");
        OnnxWriter.write(model(1), in);
        var read = OnnxReader.read(in);
        OnnxWriter.write(model(2), in);
        OnnxWriter.write(read, folder.resolve("out.onnx"));
        assertThat(Differences.between(model(1), OnnxReader.read(folder.resolve("out.onnx"))))
                .isEmpty();
    }

    private static Model model(int seed) {
        return Dsl.model("const w float[100,100] seed %d\nconst v float[90,90] seed 7\noutput w".formatted(seed));
    }

    private static Model pruned(Model model) {
        return model.mapTensors(tensor -> {
            var mask = new Mask(tensor.size());
            mask.prune(3);
            return tensor.masked(mask);
        });
    }

    /** Writes a model with its data beside it. */
    private Path write(String name, Model model) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        OnnxWriter.write(model, file, 10_000);
        return file;
    }

    /** Makes a model that two tensors of another tool's data file belong to. */
    private Path customary(String name, String data) throws IOException {
        Files.write(folder.resolve(data), new byte[1 << 16]);
        return Files.write(
                folder.resolve(name),
                HandMade.model(HandMade.external("w", 8000, data, 0), HandMade.external("v", 8000, data, 32_000)));
    }

    private static String name(Path model) {
        List<SourceFile> files = OnnxReader.read(model).origins().files();
        return files.get(1).path().getFileName().toString();
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .toList();
        }
    }
}
