package dev.coppice.pipeline.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellLogTest {

    @TempDir
    private Path folder;

    @Test
    void aTornLastLineIsWrittenOver() throws IOException {
        var file = Files.writeString(folder.resolve("log"), "{\"a\":1}\n{\"a\":2");
        try (var log = CellLog.open(file)) {
            assertThat(log.cells()).isEqualTo(List.of(Map.of("a", 1L)));
            log.add(Map.of("a", 3L));
        }
        assertThat(file).hasContent("{\"a\":1}\n{\"a\":3}\n");
    }

    @Test
    void aDamagedLineCostsItselfAlone() throws IOException {
        var text = "{\"a\":1}\n{\"a\":}\n\0\u0007\n[[[\n{\"a\":2}{\n{\"a\":1,\"a\":2}\n{\"a\":4}\n";
        var file = Files.writeString(folder.resolve("log"), text);
        assertThat(CellLog.read(file)).isEqualTo(List.of(Map.of("a", 1L), Map.of("a", 4L)));
        CellLog.open(file).close();
        assertThat(file).content().isEqualTo(text);
    }

    @Test
    void aFolderIsNoLog() {
        assertThatThrownBy(() -> CellLog.open(folder)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> CellLog.read(folder)).isInstanceOf(BadInputException.class);
    }
}
