package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptFiguresTest {

    @TempDir
    private Path folder;

    private static Map<?, ?> map(Object value) {
        return (Map<?, ?>) assertThat(value).isInstanceOf(Map.class).actual();
    }

    /** What a receipt says of both models is what they say of themselves, and a cut changes all of it. */
    @Test
    void costsAreThoseOfEachFile() {
        var model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        var cut = folder.resolve("cut.onnx");
        var receipt = Cli.run("prune", model, "-o", cut, "--granularity", "channel", "--sparsity", "0.5", "--json")
                .ended(0)
                .json();
        var dense = Cli.run("inspect", model, "--json").ended(0).json();
        var pruned = Cli.run("inspect", cut, "--json").ended(0).json();
        for (var name : new String[] {"macs", "bytes-moved", "peak-activation-bytes"}) {
            assertThat(dense.get(name)).as(name).isNotNull().isNotEqualTo(pruned.get(name));
            assertThat(map(receipt.get("before")).get(name))
                    .as("%s before", name)
                    .isEqualTo(dense.get(name));
            assertThat(map(receipt.get("after")).get(name)).as("%s after", name).isEqualTo(pruned.get(name));
        }
    }
}
