package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Judges by ONNX Runtime: what fitting leaves of the error that a cut makes. */
class ReconstructionTest {

    @TempDir
    private Path folder;

    /** Samples of a low rank: the hidden channels then depend on each other, and some can stand for the others. */
    private static InMemory samples(int batches, long... dims) {
        var random = new SplittableRandom(11);
        int size = 1;
        for (long dim : dims) {
            size *= Math.toIntExact(dim);
        }
        var all = new ArrayList<Batch>();
        for (int b = 0; b < batches; b++) {
            var values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] = (float) random.nextGaussian();
            }
            all.add(new Batch(
                    Map.of("x", HostTensor.ofFloats(values, dims)),
                    Math.toIntExact(dims[0]),
                    List.of(),
                    List.of(),
                    List.of()));
        }
        return new InMemory(all);
    }

    private float[] run(Model model, Batch batch) {
        var file = folder.resolve("m" + System.nanoTime() + ".onnx");
        OnnxWriter.write(model, file);
        try (var session = OrtModel.open(file, OrtOptions.defaults())) {
            return session.run(batch.inputs()).values().iterator().next().toFloats();
        }
    }

    private double error(Model model, Model dense, InMemory data) {
        double error = 0;
        for (var batch : data.batches()) {
            var wanted = run(dense, batch);
            var given = run(model, batch);
            for (int i = 0; i < wanted.length; i++) {
                error += (wanted[i] - given[i]) * (wanted[i] - given[i]);
            }
        }
        return error;
    }

    /** A model without some units of every group that can be cut. */
    private record Cut(Groups groups, Removal removal, Model model) {

        static Cut of(Model dense, int units) {
            var groups = Groups.of(dense);
            var removal = groups.nothing();
            for (var group : groups.list()) {
                for (int unit = 0; group.blocked().isEmpty() && unit < units; unit++) {
                    removal.remove(group, unit);
                }
            }
            return new Cut(groups, removal, groups.cut(removal));
        }

        Reconstruction.Repaired repaired(Reconstruction.Method method, Samples data) {
            return Reconstruction.ofCut(groups, removal, model, method, data, 1, Progress.NONE);
        }
    }

    private void fittingRemovesMostOfTheError(String text, int units, InMemory data) {
        fittingLeaves(0.02, text, units, data);
    }

    /** @param share of the cut's error, the most that may be left: the ridge holds weights back that the data leaves open */
    private void fittingLeaves(double share, String text, int units, InMemory data) {
        var dense = Dsl.model(text);
        var cut = Cut.of(dense, units);
        var fitted = cut.repaired(Reconstruction.Method.LEAST_SQUARES, data).model();
        assertThat(error(fitted, dense, data)).isLessThan(share * error(cut.model(), dense, data));
        assertThat(fitted.graph().nodes()).isEqualTo(cut.model().graph().nodes());
    }

    @Test
    void neuronsThatOthersCanStandForAreReplaced() {
        fittingRemovesMostOfTheError("""
            input x float[N,3]
            const w1 float[3,12] seed 1
            const b1 float[12] seed 2
            const w2 float[12,5] seed 3
            const b2 float[5] seed 4
            m = MatMul(x, w1)
            h = Add(m, b1)
            p = MatMul(h, w2)
            y = Add(b2, p)
            output y
            """, 4, samples(4, 16, 3));
    }

    @Test
    void gemmsWithTransposedWeightsAreFitted() {
        fittingRemovesMostOfTheError("""
            input x float[N,3]
            const w1 float[12,3] seed 1
            const b1 float[12] seed 2
            const w2 float[5,12] seed 3
            const b2 float[5] seed 4
            h = Gemm(x, w1, b1) transB=1
            y = Gemm(h, w2, b2) transB=1
            output y
            """, 4, samples(4, 16, 3));
    }

    @Test
    void convolutionsWithStridesAndBordersAreFitted() {
        fittingRemovesMostOfTheError("""
            input x float[N,2,7,7]
            const w1 float[8,2,1,1] seed 1
            const b1 float[8] seed 2
            const w2 float[4,8,3,3] seed 3
            const b2 float[4] seed 4
            h = Conv(x, w1, b1)
            y = Conv(h, w2, b2) pads=[1,1,1,1] strides=[2,2]
            output y
            """, 3, samples(4, 8, 2, 7, 7));
    }

    @Test
    void layersThatLoseOutputsTooAreFittedToThoseThatAreLeft() {
        fittingRemovesMostOfTheError("""
            input x float[N,3]
            const w1 float[3,12] seed 1
            const w2 float[12,12] seed 2
            const w3 float[12,2] seed 3
            h = MatMul(x, w1)
            k = MatMul(h, w2)
            y = MatMul(k, w3)
            output y
            """, 5, samples(4, 16, 3));
    }

    @Test
    void picturesOfLayersThatLoseOutputsTooAreFitted() {
        fittingRemovesMostOfTheError("""
            input x float[N,2,6,6]
            const w1 float[8,2,1,1] seed 1
            const b1 float[8] seed 2
            const w2 float[9,8,1,1] seed 3
            const b2 float[9] seed 4
            const w3 float[3,9,3,3] seed 5
            h = Conv(x, w1, b1)
            k = Conv(h, w2, b2)
            y = Conv(k, w3) pads=[1,1,1,1]
            output y
            """, 4, samples(4, 8, 2, 6, 6));
    }

    @Test
    void groupedConvolutionsAreFittedGroupByGroup() {
        fittingLeaves(0.05, """
            input x float[N,2,6,6]
            const w1 float[12,2,1,1] seed 1
            const b1 float[12] seed 2
            const w2 float[6,6,3,3] seed 3
            const b2 float[6] seed 4
            h = Conv(x, w1, b1)
            y = Conv(h, w2, b2) group=2 pads=[1,1,1,1]
            output y
            """, 2, samples(4, 8, 2, 6, 6));
    }

    @Test
    void transposedConvolutionsAreFitted() {
        // The kernel as wide as the stride, wider (sums overlap), and narrower (places that only the bias reaches).
        for (var window : List.of(
                "2,2 strides=[2,2]",
                "3,4 strides=[2,2] pads=[1,1,0,1] output_padding=[1,0]",
                "1,2 strides=[2,3] dilations=[1,2]")) {
            var parts = window.split(" ", 2);
            fittingRemovesMostOfTheError("""
                input x float[N,2,5,6]
                const w1 float[8,2,1,1] seed 1
                const b1 float[8] seed 2
                const w2 float[8,4,%s] seed 3
                const b2 float[4] seed 4
                h = Conv(x, w1, b1)
                y = ConvTranspose(h, w2, b2) %s
                output y
                """.formatted(parts[0], parts[1]), 3, samples(4, 16, 2, 5, 6));
        }
    }

    @Test
    void groupedTransposedConvolutionsAreFittedGroupByGroup() {
        fittingLeaves(0.05, """
            input x float[N,2,7]
            const w1 float[12,2,1] seed 1
            const b1 float[12] seed 2
            const w2 float[12,3,4] seed 3
            const b2 float[6] seed 4
            h = Conv(x, w1, b1)
            y = ConvTranspose(h, w2, b2) group=2 strides=[2] pads=[1,1]
            output y
            """, 2, samples(4, 32, 2, 7));
    }

    @Test
    void bordersThatFollowTheInputAndDilationsAreFitted() {
        // ONNX Runtime runs dilations with explicit borders only.
        for (var border :
                List.of("auto_pad=\"SAME_UPPER\"", "auto_pad=\"SAME_LOWER\"", "auto_pad=\"VALID\" dilations=[1,2]")) {
            fittingRemovesMostOfTheError("""
                input x float[N,2,7,6]
                const w1 float[8,2,1,1] seed 1
                const b1 float[8] seed 2
                const w2 float[4,8,2,3] seed 3
                const b2 float[4] seed 4
                h = Conv(x, w1, b1)
                y = Conv(h, w2, b2) %s strides=[2,1]
                output y
                """.formatted(border), 3, samples(4, 8, 2, 7, 6));
        }
    }

    @Test
    void convolutionsAlongOneAxisAreFitted() {
        fittingRemovesMostOfTheError("""
            input x float[N,2,9]
            const w1 float[8,2,1] seed 1
            const b1 float[8] seed 2
            const w2 float[4,8,3] seed 3
            const b2 float[4] seed 4
            h = Conv(x, w1, b1)
            y = Conv(h, w2, b2) pads=[2,0] strides=[2]
            output y
            """, 3, samples(4, 8, 2, 9));
    }

    @Test
    void weightsSharedByLayersSideBySideAreFittedToAllOfThem() {
        fittingRemovesMostOfTheError("""
            input x float[N,3]
            const w1 float[3,12] seed 1
            const w2 float[12,5] seed 2
            const b2 float[5] seed 3
            n = Neg(x)
            h1 = MatMul(x, w1)
            h2 = MatMul(n, w1)
            p1 = MatMul(h1, w2)
            p2 = MatMul(h2, w2)
            y1 = Add(p1, b2)
            y2 = Add(p2, b2)
            y = Concat(y1, y2) axis=1
            output y
            """, 4, samples(4, 16, 3));
    }

    @Test
    void correctedBiasesLeaveNoMeanError() {
        var dense = Dsl.model("""
            input x float[N,3,5,5]
            const w1 float[12,3,1,1] seed 1
            const b1 float[12] fill 2.0
            const w2 float[6,12,3,3] seed 3
            const b2 float[6] seed 4
            h = Conv(x, w1, b1)
            y = Conv(h, w2, b2)
            output y
            """);
        var data = samples(4, 8, 3, 5, 5);
        var repaired = Cut.of(dense, 4).repaired(Reconstruction.Method.BIAS, data);
        assertThat(repaired.layers()).isEqualTo(1);
        assertThat(repaired.remarks()).isEmpty();
        var sums = new double[6];
        for (var batch : data.batches()) {
            var wanted = run(dense, batch);
            var given = run(repaired.model(), batch);
            for (int i = 0; i < wanted.length; i++) {
                sums[i / 9 % 6] += (wanted[i] - given[i]) / 288;
            }
        }
        for (double sum : sums) {
            assertThat(sum).isCloseTo(0, within(1e-4));
        }
    }

    @Test
    void layersThatCannotBeFittedAreSaidWithTheReason() {
        var dense = Dsl.model("""
            input x float[N,4,4,4]
            const w1 float[8,4,1,1] seed 1
            const w2 float[8,5,2,2] seed 2
            const b2 float[5] seed 3
            const w3 float[8,8,1,1] seed 4
            h = Conv(x, w1)
            k = Conv(h, w3)
            l = Conv(k, w3)
            t = ConvTranspose(l, w2, b2) auto_pad="SAME_UPPER"
            y = Relu(t)
            output y
            """);
        var repaired = Cut.of(dense, 2).repaired(Reconstruction.Method.LEAST_SQUARES, samples(2, 8, 4, 4, 4));
        assertThat(repaired.remarks()).hasSize(3);
        assertThat(repaired.remarks().get(0)).contains("Conv").contains("serves layers before or behind");
        assertThat(repaired.remarks().get(2))
                .contains("ConvTranspose")
                .contains("its borders follow")
                .endsWith("its bias was corrected");
    }

    @Test
    void zerosOfSingleWeightsStayWhenBiasesAreCorrected() {
        var dense = Dsl.model("""
            input x float[N,3]
            const w1 float[3,6] seed 1
            const b1 float[6] fill 1.0
            const w2 float[6,2] seed 3
            const b2 float[2] fill 0.0
            m = MatMul(x, w1)
            h = Add(m, b1)
            p = MatMul(h, w2)
            y = Add(p, b2)
            output y
            """);
        var pruned = dense.mapTensors(tensor -> tensor.name().equals("w2")
                ? dev.coppice.ir.eval.Tensors.ofFloats(List.of(6L, 2L), new float[12])
                        .withName("w2")
                : tensor);
        var data = samples(4, 64, 3);
        var repaired = Reconstruction.correctBiases(dense, pruned, data, 1, Progress.NONE);
        assertThat(repaired.layers()).isEqualTo(2);
        assertThat(run(repaired.model(), data.batches().getFirst())[0]).isNotZero();
        assertThat(StoredFloats.floats(repaired.model().graph().storedTensors().get("w2")))
                .containsOnly(0);
        assertThat(error(repaired.model(), dense, data)).isLessThan(0.9 * error(pruned, dense, data));
    }
}
