package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StepwiseRunTest {

    /** A branch around the second layer, and a shape that is read at the end. */
    private static final Model MODEL = Dsl.model("""
            input x float[N,3]
            const w1 float[3,4] seed 1
            const w2 float[4,4] seed 2
            const w3 float[4,2] seed 3
            const b float[4] seed 4
            shape = Shape(x)
            a = MatMul(x, w1)
            t = Transpose(w2)
            c = MatMul(a, t)
            d = Add(c, b)
            e = Add(d, a)
            f = MatMul(e, w3)
            g = ReduceProd(shape)
            h = Cast(g) to=1
            y = Mul(f, h)
            output y
            """);

    private static InMemory data() {
        return new InMemory(List.of(batch(1, 2), batch(-3, 5)));
    }

    private static Batch batch(float first, int rows) {
        var values = new float[rows * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = first + i;
        }
        return new Batch(Map.of("x", HostTensor.ofFloats(values, rows, 3)), rows, List.of(), List.of(), List.of());
    }

    /** Returns what a pass sees of some values, batch after batch. */
    private static List<List<Float>> pass(StepwiseRun run, Model model, List<String> settled, List<String> wanted) {
        var seen = new ArrayList<List<Float>>();
        try (var pass = run.begin(model, settled, wanted)) {
            data().forEach(Progress.NONE, batch -> {
                var values = pass.run(batch);
                for (var name : wanted) {
                    var own = new ArrayList<Float>();
                    for (float value : values.get(name).toFloats()) {
                        own.add(value);
                    }
                    seen.add(own);
                }
            });
        }
        return seen;
    }

    /** Returns what a run of the whole model sees. */
    private static List<List<Float>> whole(Model model, List<String> wanted) {
        try (var run = new StepwiseRun(1, 0)) {
            return pass(run, model, List.of(), wanted);
        }
    }

    private static void everyPassSeesWhatOneRunSees(long most) {
        var settled = List.of(List.of("x"), List.of("a"), List.of("e"), List.of("f", "h"));
        var wanted = List.of(
                List.of(List.of("y"), List.of("d", "x"), List.of("e", "y")),
                List.of(List.of("y"), List.of("d", "x"), List.of("e", "y")),
                List.of(List.of("y"), List.of("e", "y")),
                List.of(List.of("y")));
        try (var steps = new StepwiseRun(1, most)) {
            for (int i = 0; i < settled.size(); i++) {
                for (var values : wanted.get(i)) {
                    assertThat(pass(steps, MODEL, settled.get(i), values)).isEqualTo(whole(MODEL, values));
                }
            }
        }
    }

    @Test
    void passesThatBeginWhereTheLastOneEndedSeeTheSame() {
        everyPassSeesWhatOneRunSees(1 << 20);
    }

    @Test
    void passesThatCanKeepSomethingOnlyAtSomePlacesSeeTheSame() {
        everyPassSeesWhatOneRunSees(7 * 4 * Float.BYTES + 4 * Long.BYTES);
        everyPassSeesWhatOneRunSees(0);
    }

    /** A first layer that changes behind the back of the run tells whether it ran again. */
    @Test
    void whatIsSettledDoesNotRunAgain() {
        var changed = StoredFloats.replace(MODEL, Map.of("w1", new float[12]));
        for (long most : new long[] {1 << 20, 0}) {
            try (var steps = new StepwiseRun(1, most)) {
                var before = pass(steps, MODEL, List.of("a"), List.of("y"));
                var after = pass(steps, changed, List.of("e"), List.of("y"));
                assertThat(after.equals(before)).isEqualTo(most > 0);
            }
        }
    }

    @Test
    void aValueThatIsLeftBehindIsComputedAnew() {
        try (var steps = new StepwiseRun(1, 1 << 20)) {
            pass(steps, MODEL, List.of("f"), List.of("y"));
            assertThat(pass(steps, MODEL, List.of("a"), List.of("c"))).isEqualTo(whole(MODEL, List.of("c")));
        }
    }

    @Test
    void bodiesReadWhatIsKept() {
        var model = Dsl.model("""
                input x float[N,3]
                const w float[3,3] seed 1
                a = MatMul(x, w)
                s = ReduceSum(a) keepdims=0
                q = Greater(s, s)
                r = Not(q)
                y = If(r) then_branch={
                  p = Mul(a, a)
                  output p
                } else_branch={
                  n = Neg(a)
                  output n
                }
                output y
                """);
        try (var steps = new StepwiseRun(1, 1 << 20)) {
            pass(steps, model, List.of("a"), List.of("y"));
            assertThat(pass(steps, model, List.of("a"), List.of("y"))).isEqualTo(whole(model, List.of("y")));
        }
    }
}
