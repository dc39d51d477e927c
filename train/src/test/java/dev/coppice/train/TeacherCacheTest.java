package dev.coppice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.train.data.TrainBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherCacheTest {

    private static final Model STUDENT = model("1.0 -2.0 0.5");
    private static final Model TEACHER = model("0.3 0.1 -0.7");

    @TempDir
    private Path folder;

    private static Model model(String weights) {
        return Dsl.model("""
                input x float[N,3]
                const w float[3,1] = %s
                y = MatMul(x, w)
                output y float[N,1]
                """.formatted(weights));
    }

    private static TrainBatch batch(float... values) {
        return new TrainBatch(Map.of("x", TrainerTest.floats(List.of(1L, 3L), values)), 1, Optional.empty());
    }

    /** Returns the weights after a few steps. */
    private float[] trained(Model teacher, String name) throws DivergedException {
        var spec = TrainSpec.of(new Loss.PooledCosine(Loss.Pooling.MEAN), Optimizer.sgd(0))
                .withLosses(List.of(
                        new Loss.Weighted(1, new Loss.Similarity(Loss.Pooling.MEAN)),
                        new Loss.Weighted(1, new Loss.Features(List.of(Loss.Feature.whole("y"))))));
        var cache = Optional.of(new TeacherCache(folder, name));
        try (var trainer = new Trainer(STUDENT, Optional.of(teacher), spec, 1, cache)) {
            for (int i = 0; i < 3; i++) {
                trainer.step(batch2(i), 0.01);
            }
            var tensor = trainer.model(STUDENT).graph().initializers().getFirst();
            var values = new float[3];
            Elements.floats(tensor, 0, values, 3);
            return values;
        }
    }

    private static TrainBatch batch2(int i) {
        var x = TrainerTest.floats(List.of(2L, 3L), 1f + i, 2f, -1f, 0.5f, -1f, 2f + i);
        return new TrainBatch(Map.of("x", x), 2, Optional.empty());
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    void aKeptOutputGivesTheSameBitsAsAComputedOne() throws DivergedException, IOException {
        var computed = trained(TEACHER, "t");
        assertThat(files()).hasSize(3);
        var before = Files.getLastModifiedTime(files().getFirst());
        assertThat(trained(TEACHER, "t")).isEqualTo(computed);
        assertThat(files()).hasSize(3);
        assertThat(Files.getLastModifiedTime(files().getFirst())).isEqualTo(before);
    }

    @Test
    void whatIsKeptIsUsed() throws DivergedException {
        var computed = trained(TEACHER, "t");
        // The name is the same, so the first teacher's outputs are found.
        assertThat(trained(model("9.0 9.0 9.0"), "t")).isEqualTo(computed);
        assertThat(trained(model("9.0 9.0 9.0"), "other")).isNotEqualTo(computed);
    }

    @Test
    void aDamagedFileIsComputedAnew() throws DivergedException, IOException {
        var computed = trained(TEACHER, "t");
        for (var file : files()) {
            var bytes = Files.readAllBytes(file);
            bytes[bytes.length - 1] ^= 1;
            Files.write(file, bytes);
        }
        Files.write(files().getLast(), new byte[] {1});
        assertThat(trained(TEACHER, "t")).isEqualTo(computed);
        for (var file : files()) {
            assertThat(Checkpoint.read(file).tensors()).containsKey("y");
        }
    }

    @Test
    void outputsBeyondHalfPrecisionAreRefused() {
        var cache = new TeacherCache(folder, "t");
        var spec = TrainSpec.of(new Loss.Divergence(1), Optimizer.sgd(0));
        try (var trainer = new Trainer(STUDENT, Optional.of(model("1e6 0.0 0.0")), spec, 1, Optional.of(cache))) {
            assertThatThrownBy(() -> trainer.step(batch(1, 1, 1), 0.1))
                    .isInstanceOf(BadModelException.class)
                    .hasMessageContaining("half precision");
        }
        assertThat(folder).isEmptyDirectory();
    }
}
