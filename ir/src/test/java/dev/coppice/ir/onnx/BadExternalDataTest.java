package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BadExternalDataTest {

    private static final String WHERE = ".*byte \\d+ in graph\\.initializer\\[0]: tensor 'w' ";

    @TempDir
    private Path folder;

    private Path models;

    @BeforeEach
    void makeFolders() throws IOException {
        models = Files.createDirectory(folder.resolve("models"));
        Files.write(models.resolve("w.bin"), new byte[16]);
        Files.write(folder.resolve("secret"), new byte[16]);
    }

    @Test
    void aMissingFileIsRefused() throws IOException {
        assertThat(refused("absent.bin", "0", "16"))
                .hasMessageMatching(WHERE + "lies in 'absent.bin', which does not exist");
    }

    @Test
    void aPathOutOfTheFolderIsRefused() throws IOException {
        for (var location :
                new String[] {"../../etc/passwd", "../secret", "sub/../../secret", "/etc/passwd", "", ".", ".."}) {
            assertThat(refused(location, "0", "16"))
                    .as(location)
                    .hasMessageMatching(WHERE + ".*outside the model's directory");
        }
    }

    @Test
    void aLinkOutOfTheFolderIsRefused() throws IOException {
        Files.createSymbolicLink(models.resolve("link.bin"), folder.resolve("secret"));
        assertThat(refused("link.bin", "0", "16")).hasMessageMatching(WHERE + ".*a link out of the model's directory");
        Files.createSymbolicLink(models.resolve("up"), folder);
        assertThat(refused("up/secret", "0", "16")).hasMessageMatching(WHERE + ".*a link out of the model's directory");
    }

    @Test
    void aLinkedModelFolderIsAllowed() throws IOException {
        write("w.bin", "0", "16");
        var link = Files.createSymbolicLink(folder.resolve("link"), models);
        var tensor =
                OnnxReader.read(link.resolve("bad.onnx")).graph().initializers().getFirst();
        assertThat(Elements.bytes(tensor).byteSize()).isEqualTo(16);
    }

    @Test
    void aFolderOrAnImpossiblePathIsRefused() throws IOException {
        Files.createDirectory(models.resolve("sub"));
        assertThat(refused("sub", "0", "16")).hasMessageContaining("is a directory");
        assertThat(refused("w\0.bin", "0", "16")).hasMessageContaining("no valid path");
    }

    @Test
    void regionsBeyondTheFileAreRefused() throws IOException {
        for (var offset : new String[] {"1", "17", "-1", "9223372036854775807", "-9223372036854775808"}) {
            assertThat(refused("w.bin", offset, "16"))
                    .as(offset)
                    .hasMessageMatching(WHERE + "claims 16 bytes from byte " + offset + " on of 'w.bin', which has 16");
        }
    }

    @Test
    void positionsThatAreNoNumbersAreRefused() throws IOException {
        assertThat(refused("w.bin", "zero", "16"))
                .hasMessageMatching(WHERE + "has the external offset 'zero', no number");
        assertThat(refused("w.bin", "99999999999999999999", "16")).hasMessageContaining("no number");
    }

    @Test
    void aLengthOtherThanTheDimensionsSayIsRefused() throws IOException {
        for (var length : new String[] {"15", "0", "-16", "9223372036854775807"}) {
            assertThat(refused("w.bin", "0", length))
                    .as(length)
                    .hasMessageMatching(
                            ".*byte \\d+ in graph\\.initializer\\[0]: tensor 'w' needs 16 bytes .* have " + length);
        }
    }

    @Test
    void aModelInMemoryHasNoFolder() {
        assertThat(Refused.reading(model("w.bin", "0", "16")))
                .hasMessageMatching(WHERE + ".*the model is not in a directory");
    }

    private BadModelException refused(String location, String offset, String length) throws IOException {
        return Refused.reading(write(location, offset, length));
    }

    private Path write(String location, String offset, String length) throws IOException {
        return Files.write(models.resolve("bad.onnx"), model(location, offset, length));
    }

    /** Returns a model with one initializer of four floats. */
    private static byte[] model(String location, String offset, String length) {
        var tensor = new WireWriter();
        tensor.number(1, 4);
        tensor.number(2, 1);
        tensor.string(8, "w");
        tensor.message(13, entry("location", location));
        tensor.message(13, entry("offset", offset));
        tensor.message(13, entry("length", length));
        tensor.number(14, 1);
        var graph = new WireWriter();
        graph.message(5, tensor);
        var opset = new WireWriter();
        opset.number(2, 17);
        return Encoded.message(out -> {
            out.number(1, 10);
            out.message(7, graph);
            out.message(8, opset);
        });
    }

    private static WireWriter entry(String key, String value) {
        var entry = new WireWriter();
        entry.string(1, key);
        entry.string(2, value);
        return entry;
    }
}
