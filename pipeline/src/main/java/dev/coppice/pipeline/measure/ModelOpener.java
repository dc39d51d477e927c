package dev.coppice.pipeline.measure;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.TemporaryFolder;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * Opens models that are in no file in ONNX Runtime: out of memory where one file would do, so that whatever ends the process leaves none
 * behind.
 */
public final class ModelOpener {

    private ModelOpener() {}

    /**
     * Opens a model.
     *
     * @param name what errors call it
     * @throws dev.coppice.ir.BadModelException when ONNX Runtime refuses it
     */
    public static OrtModel open(Model model, String name, OrtOptions options) {
        try (var arena = Arena.ofShared()) {
            var bytes = OnnxWriter.write(model, arena);
            return bytes.isPresent()
                    ? OrtModel.open(Path.of(name), bytes.get().asByteBuffer(), options)
                    : openFile(model, options);
        }
    }

    /** A model of more than one file is read from the disk; ONNX Runtime has mapped or read it all when it is open. */
    private static OrtModel openFile(Model model, OrtOptions options) {
        try (var folder = TemporaryFolder.make("model")) {
            var file = folder.file("model.onnx");
            OnnxWriter.write(model, file);
            return OrtModel.open(file, options);
        }
    }
}
