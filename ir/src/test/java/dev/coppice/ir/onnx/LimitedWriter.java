package dev.coppice.ir.onnx;

import dev.coppice.ir.Model;
import java.nio.file.Path;
import java.util.List;

/** Writes as if the format's limit for one file were lower than 2 GiB, for tests of models above it. */
public final class LimitedWriter {

    private LimitedWriter() {}

    public static List<Path> write(Model model, Path file, long largest) {
        return OnnxWriter.write(model, file, largest);
    }
}
