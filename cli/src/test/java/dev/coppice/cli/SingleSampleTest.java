package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.onnx.OnnxReader;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that leaves the size of a batch open and has one sample written into a Reshape is treated as one that declares a single sample. */
class SingleSampleTest {

    private static final String MODEL = """
        input x float[%s,1,8,8]
        const w float[6,1,3,3] seed 1
        const one int64[2] = 1 384
        const v float[384,10] seed 2
        c = Conv(x, w) pads=[1,1,1,1]
        r = Relu(c)
        f = Reshape(r, one)
        y = MatMul(f, v)
        output y float[%1$s,10]
        """;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prune --criterion wanda --sparsity 0.5",
                "prune --criterion taylor --sparsity 0.5",
                "prune --granularity channel --sparsity 0.4 --repair least-squares",
                "prune --sparsity 0.5 --repair bias",
                "prune --sparsity 0.5 --fine-tune 0.2 --lr 0.001",
                "compress --int8 static"
            })
    void anOpenBatchOfOneIsABatchOfOne(String command) {
        var expected = constants("1", command);
        var constants = constants("batch", command);
        assertThat(constants).isNotEmpty().hasSameSizeAs(expected);
        constants.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(expected.get(name)));
    }

    /** Returns the constants of what a command makes of the model, by name; only the declared batch may differ. */
    private Map<String, byte[]> constants(String batch, String command) {
        var model = folder.resolve(batch + ".onnx");
        var output = folder.resolve(batch + "-out.onnx");
        Cli.model(model, MODEL.formatted(batch));
        var words = new ArrayList<Object>(List.of(command.split(" ")));
        words.addAll(List.of(model, "-o", output, "--data", "digits", "--limit", 48));
        Cli.run(words.toArray()).ended(0);
        var constants = new TreeMap<String, byte[]>();
        OnnxReader.read(output)
                .graph()
                .initializers()
                .forEach(tensor ->
                        constants.put(tensor.name(), Elements.bytes(tensor).toArray(ValueLayout.JAVA_BYTE)));
        return constants;
    }
}
