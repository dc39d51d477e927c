package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.coppice.ir.BadModelException;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Demands that something is refused as a bad model, with a hint what to do. */
final class Refused {

    private Refused() {}

    static BadModelException reading(byte[] encoded) {
        return by(() -> Encoded.read(encoded));
    }

    static BadModelException reading(Path file) {
        return by(() -> OnnxReader.read(file));
    }

    static BadModelException by(ThrowingCallable action) {
        var thrown = catchThrowable(action);
        assertThat(thrown).isInstanceOf(BadModelException.class);
        var refused = (BadModelException) thrown;
        assertThat(refused.hint()).isNotBlank();
        return refused;
    }
}
