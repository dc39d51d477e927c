package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import dev.coppice.prune.depth.Branches;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Values;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds what is observed against sums over the inputs, written down as the operators define them. */
class ActivationEvidenceTest {

    private static final Set<Evidence> NORMS = Set.of(Evidence.INPUT_NORM);

    private static float[] numbers(int count) {
        var random = new SplittableRandom(3);
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Cuts samples into batches. */
    private static InMemory batches(float[] values, int size, List<Integer> lengths, long... sample) {
        int each = (int) Arrays.stream(sample).reduce(1, (a, b) -> a * b);
        int count = values.length / each;
        var all = new ArrayList<Batch>();
        for (int from = 0; from < count; from += size) {
            int n = Math.min(size, count - from);
            var dims = new long[sample.length + 1];
            dims[0] = n;
            System.arraycopy(sample, 0, dims, 1, sample.length);
            var part = Arrays.copyOfRange(values, from * each, (from + n) * each);
            all.add(new Batch(
                    Map.of("x", HostTensor.ofFloats(part, dims)),
                    n,
                    List.of(),
                    lengths.isEmpty() ? lengths : lengths.subList(from, from + n),
                    List.of()));
        }
        return new InMemory(all);
    }

    private static ActivationEvidence.Found found(Model model, Set<Evidence> kinds, Samples data) {
        return ActivationEvidence.ofParameters(
                model, Parameters.of(model, Selection.ALL).prunable(), kinds, data, 1, Progress.NONE);
    }

    private static double[] norms(Model model, String name, Samples data) {
        var values = found(model, NORMS, data).findings().of(Evidence.INPUT_NORM, name);
        return ((Values.Columns) values).numbers();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void normsOfAMatrixProductAreThoseOfItsInputsWhateverTheBatches(int batch) {
        var model = Dsl.model("""
            input x float[N,4,3]
            const w float[3,2] seed 1
            y = MatMul(x, w)
            output y
            """);
        var values = numbers(5 * 4 * 3);
        var wanted = new double[3];
        for (int i = 0; i < values.length; i++) {
            wanted[i % 3] += (double) values[i] * values[i] / 20;
        }
        assertThat(norms(model, "w", batches(values, batch, List.of(), 4, 3)))
                .containsExactly(Arrays.stream(wanted).map(Math::sqrt).toArray(), within(1e-12));
    }

    @Test
    void paddingDoesNotCount() {
        var model = Dsl.model("""
            input x float[N,S,2]
            const w float[2,2] seed 1
            y = MatMul(x, w)
            output y
            """);
        float[] values = {3, 0, 100, 100, 1, 2, 5, 1};
        assertThat(norms(model, "w", batches(values, 2, List.of(1, 2), 2, 2)))
                .containsExactly(new double[] {Math.sqrt((9 + 1 + 25) / 3.0), Math.sqrt((4 + 1) / 3.0)}, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "strides=[2,1] pads=[1,0,1,1] dilations=[1,2]",
                "auto_pad=\"SAME_UPPER\" strides=[2,2]",
                "auto_pad=\"VALID\"",
                "group=2 pads=[1,1,1,1]"
            })
    void aConvolutionTellsThePlacesOfItsKernelApart(String attributes) {
        int groups = attributes.contains("group") ? 2 : 1;
        var model = Dsl.model("""
            input x float[N,2,5,6]
            const w float[4,%d,3,2] seed 1
            y = Conv(x, w) %s
            output y
            """.formatted(2 / groups, attributes));
        var values = numbers(3 * 2 * 5 * 6);
        var norms = norms(model, "w", batches(values, 2, List.of(), 2, 5, 6));
        // One weight alone gives an output whose mean square is that of what it meets.
        for (int channel = 0; channel < 2; channel++) {
            for (int place = 0; place < 6; place++) {
                var one = new float[4 * (2 / groups) * 6];
                int row = groups == 1 ? 0 : 2 * channel;
                one[row * (2 / groups) * 6 + (groups == 1 ? channel : 0) * 6 + place] = 1;
                var text = new StringBuilder();
                for (float v : one) {
                    text.append(' ').append(v);
                }
                var probe = Dsl.model("""
                    input x float[N,2,5,6]
                    const w float[4,%d,3,2] =%s
                    const v float[4,1,1,1] seed 2
                    y = Conv(x, w) %s
                    z = Conv(y, v) group=4
                    output z
                    """.formatted(2 / groups, text, attributes));
                var met = norms(probe, "v", batches(values, 3, List.of(), 2, 5, 6))[row];
                assertThat(norms[channel * 6 + place]).isCloseTo(met, within(1e-6));
            }
        }
    }

    @Test
    void statesInsideARecurrentLayerAreRefusedAndItsInputsAreNot() {
        var model = Dsl.model("""
            input x float[4,N,3]
            const w float[1,8,3] seed 1
            const r float[1,8,2] seed 2
            y, h, c = LSTM(x, w, r) hidden_size=2
            output y
            """);
        var found = found(model, NORMS, batches(numbers(12), 4, List.of(), 1, 3));
        assertThat(found.findings().find(Evidence.INPUT_NORM, "w")).isPresent();
        assertThat(found.refused()).containsOnlyKeys("r");
    }

    @Test
    void outputsAreObservedBehindTheActivationFunction() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] = 1 -1 0  0 0 1
            const b float[3] = 0 0 -100
            m = MatMul(x, w)
            a = Add(m, b)
            y = Relu(a)
            output y
            """);
        var kinds = Set.of(Evidence.ZERO_SHARE, Evidence.OUTPUT_MEAN, Evidence.OUTPUT_NORM, Evidence.OUTPUT_VARIANCE);
        var found = found(model, kinds, batches(new float[] {1, 0, 2, 0, -3, 0, 4, 0}, 3, List.of(), 2))
                .findings();
        // the rows see relu(1 2 -3 4), relu(-1 -2 3 -4) and zeros
        assertThat(rows(found.of(Evidence.ZERO_SHARE, "w"))).containsExactly(0.25, 0.75, 1);
        assertThat(rows(found.of(Evidence.OUTPUT_MEAN, "w"))).containsExactly(1.75, 0.75, 0);
        assertThat(rows(found.of(Evidence.OUTPUT_NORM, "w"))).containsExactly(Math.sqrt(21 / 4.0), 1.5, 0);
        assertThat(rows(found.of(Evidence.OUTPUT_VARIANCE, "w")))
                .containsExactly(21 / 4.0 - 1.75 * 1.75, 9 / 4.0 - 0.5625, 0);
    }

    private static double[] rows(Values values) {
        return ((Values.Rows) values).numbers();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "y = Relu(a)",
                "s = Sigmoid(a)\ny = Mul(a, s)",
                "d = Div(a, r)\ne = Erf(d)\no = Add(e, one)\nm2 = Mul(a, o)\ny = Mul(m2, half)",
                "h = Mul(a, half)\nd = Div(a, r)\ne = Erf(d)\no = Add(e, one)\ny = Mul(h, o)",
                "h = HardSigmoid(a)\ny = Mul(h, a)",
                "s = Add(a, m0)\ny = Relu(s)",
                "y = com.microsoft::FastGelu(m, b)",
                "y = com.microsoft::QuickGelu(a)"
            })
    void functionsOfSeveralOperatorsCountAsOne(String function) {
        var model = Dsl.model("""
            opset com.microsoft 1
            input x float[N,2]
            const w0 float[2,3] seed 4
            const w float[2,3] seed 1
            const b float[3] seed 2
            const r float[] = 1.414
            const one float[] = 1
            const half float[] = 0.5
            const v float[3,2] seed 3
            m0 = MatMul(x, w0)
            m = MatMul(x, w)
            a = Add(m, b)
            %s
            z = MatMul(y, v)
            output z
            """.formatted(function));
        assertThat(new Activated(model).after("m").value()).isEqualTo("y");
    }

    @Test
    void aLayerWithoutAFunctionIsObservedBehindItsBias() {
        var model = Dsl.model("""
            input x float[N,3]
            const w float[3,3] seed 1
            const b float[3] seed 2
            m = MatMul(x, w)
            a = Add(m, b)
            y = Add(a, x)
            output y
            """);
        assertThat(new Activated(model).after("m").value()).isEqualTo("a");
    }

    @Test
    void groupsAreObservedBeforePoolingAndFlattening() {
        var model = Dsl.model("""
            input x float[N,2,4,4]
            const w float[2,2,1,1] = 1 0 -1 0
            const v float[8,3] seed 2
            c = Conv(x, w)
            r = Relu(c)
            p = MaxPool(r) kernel_shape=[2,2] strides=[2,2]
            f = Flatten(p)
            y = MatMul(f, v)
            output y
            """);
        var groups = Groups.of(model);
        var group = groups.list().stream()
                .filter(one -> one.name().equals("w"))
                .findFirst()
                .orElseThrow();
        var values = numbers(3 * 32);
        var found = ActivationEvidence.ofGroups(
                model,
                List.of(group),
                Set.of(Evidence.ZERO_SHARE),
                batches(values, 2, List.of(), 2, 4, 4),
                1,
                Progress.NONE);
        double positive = 0;
        for (int i = 0; i < values.length; i++) {
            positive += i / 16 % 2 == 0 && values[i] > 0 ? 2.0 / values.length : 0;
        }
        assertThat(rows(found.findings().of(Evidence.ZERO_SHARE, "w")))
                .containsExactly(new double[] {1 - positive, positive}, within(1e-12));
    }

    /** The branch adds twice of what it is added to, in one of the two features alone: the mean square is half of four times as much. */
    @Test
    void aBranchContributesTheMeanSquareOfWhatItAddsOverThatOfWhatItIsAddedTo() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,2] = 2 0  0 0
            h = MatMul(x, w)
            y = Add(x, h)
            output y
            """);
        var values = new float[] {1, 1, -3, 3, 2, -2};
        var branches = Branches.of(model).list();
        var found = ActivationEvidence.ofBranches(model, branches, batches(values, 2, List.of(), 2), 1, Progress.NONE);
        assertThat(branches).hasSize(1);
        assertThat(rows(found.of(Evidence.CONTRIBUTION, branches.getFirst().name())))
                .containsExactly(new double[] {2}, within(1e-6));
    }
}
