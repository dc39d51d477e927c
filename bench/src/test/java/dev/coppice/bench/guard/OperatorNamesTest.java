package dev.coppice.bench.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which operators multiply by weights is said in tables; whoever else asks, asks {@code ir.layer}. */
class OperatorNamesTest {
    private static final Pattern NAME = Pattern.compile("\"(Conv|ConvTranspose|Gemm|MatMul|LSTM|GRU|RNN)\"");

    /** Tables by operator (shapes and rewrites, coupling, lowering, costs, int8), and what makes networks. */
    private static final List<String> ALLOWED = List.of(
            "ir/src/main/java/dev/coppice/ir/layer/WeightOperator",
            "ir/src/main/java/dev/coppice/ir/shape/",
            "ir/src/main/java/dev/coppice/ir/rules/",
            "prune/src/main/java/dev/coppice/prune/group/",
            "prune/src/main/java/dev/coppice/prune/quantize/DynamicInt8",
            "prune/src/main/java/dev/coppice/prune/quantize/QuantizedWeights",
            "prune/src/main/java/dev/coppice/prune/quantize/StaticPlan",
            "train/src/main/java/dev/coppice/train/torch/",
            "pipeline/src/main/java/dev/coppice/pipeline/arch/Network",
            "pipeline/src/main/java/dev/coppice/pipeline/evidence/SynapticFlow",
            "pipeline/src/main/java/dev/coppice/pipeline/measure/MacCount",
            "pipeline/src/main/java/dev/coppice/pipeline/quantize/Int8Alone",
            "cli/src/main/java/dev/coppice/cli/RehearsalModel");

    @Test
    void onlyTablesNameTheOperatorsThatMultiplyByWeights() {
        assertThat(naming().map(SourceTree::name))
                .allSatisfy(file -> assertThat(ALLOWED).anyMatch(file::startsWith));
    }

    @Test
    void eachPlaceThatMayNameThemDoes() {
        var naming = naming().map(SourceTree::name).toList();
        assertThat(ALLOWED).allSatisfy(place -> assertThat(naming).anyMatch(file -> file.startsWith(place)));
    }

    private static Stream<Path> naming() {
        return Stream.of("ir", "prune", "runtime", "train", "pipeline", "cli")
                .flatMap(module -> walk(SourceTree.ROOT.resolve(module).resolve("src/main/java")))
                .filter(OperatorNamesTest::namesOne);
    }

    private static Stream<Path> walk(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean namesOne(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.map(String::strip)
                    .anyMatch(
                            line -> !line.startsWith("*") && NAME.matcher(line).find());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
