package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/**
 * The small model that comes with Coppice: a perceptron that reads the embedded {@code digits}, from {@code pixels}, float
 * [batch,64], to {@code logits}, float [batch,10]. The program {@code dev.coppice.bench.DigitsModel} trained it.
 */
public final class SampleModel {

    private static final String RESOURCE = "digits-mlp.onnx";

    private SampleModel() {}

    public static Model read() {
        return OnnxReader.read(MemorySegment.ofArray(bytes()), null);
    }

    /** Returns the model's file. */
    public static byte[] bytes() {
        try (var in = SampleModel.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks its resource " + RESOURCE);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
        }
    }
}
