package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs the command line in this JVM and reads back what it wrote. */
final class Cli {

    /** Two layers: a convolution [8,3,3,3] of 216 weights, and a Gemm of 512 x 10 without transB. */
    static final String CNN = """
            input x float[batch,3,8,8]
            const w1 float[8,3,3,3] seed 1
            const w2 float[512,10] seed 2
            const b float[10] seed 3
            const shape int64[2] = 0 -1
            c = Conv(x, w1) pads=[1,1,1,1] name="conv1"
            r = Relu(c)
            f = Reshape(r, shape)
            y = Gemm(f, w2, b) name="classifier"
            output y float[batch,10]
            """;

    /** Two convolutions, the first with weight normalisation: w [4,3,3,3] is computed of a direction and a length. */
    static final String NORMALISED = """
            opset 18
            input x float[1,3,8,8]
            const g float[4,1,1,1] fill 2.0
            const v float[4,3,3,3] seed 1
            const u float[5,4,3,3] seed 2
            const axes int64[3] = 1 2 3
            norm = ReduceL2(v, axes) keepdims=1
            ratio = Div(g, norm)
            w = Mul(v, ratio)
            h = Conv(x, w)
            r = Relu(h)
            y = Conv(r, u)
            output y float[1,5,4,4]
            """;

    private Cli() {}

    /** How a command ended. */
    record Outcome(int code, String out, String err) {

        /** Returns stdout, which must be exactly one JSON document that is an object. */
        Map<?, ?> json() {
            try (var parser = new JsonFactory().createParser(out)) {
                parser.nextToken();
                parser.skipChildren();
                assertThat(parser.nextToken())
                        .as("a second document in %s", out)
                        .isNull();
                return (Map<?, ?>)
                        assertThat(Json.read(out)).isInstanceOf(Map.class).actual();
            } catch (IOException e) {
                throw new UncheckedIOException(out, e);
            }
        }

        /** Asserts the exit code, and that a failure is told without a stack trace. */
        Outcome ended(int expected) {
            assertThat(code).as("exit code; stdout: %s stderr: %s", out, err).isEqualTo(expected);
            assertThat(err).doesNotContain("\tat ");
            return this;
        }
    }

    static Outcome run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        var arguments = List.of(args).stream().map(Object::toString).toArray(String[]::new);
        int code = Coppice.commandLine(arguments)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Outcome(code, out.toString(), err.toString());
    }

    /** Writes a model given in the text language of {@link Dsl}. */
    static Path model(Path file, String text) {
        OnnxWriter.write(Dsl.model(text), file);
        return file;
    }

    /** Returns how far a model's outputs are from another's, as {@code coppice evaluate --reference} says. */
    static double relativeError(Path model, Path reference) {
        return (Double) assertThat(run("evaluate", model, "--reference", reference, "--json")
                        .ended(0)
                        .json()
                        .get("relative-error"))
                .isInstanceOf(Double.class)
                .actual();
    }

    static Tensor weight(Path model, String name) {
        return OnnxReader.read(model).graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static float[] values(Path model, String name) {
        var tensor = weight(model, name);
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    static int zeros(Path model, String name) {
        int zeros = 0;
        for (float value : values(model, name)) {
            zeros += value == 0 ? 1 : 0;
        }
        return zeros;
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
