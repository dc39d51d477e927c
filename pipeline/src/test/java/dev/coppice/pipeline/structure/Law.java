package dev.coppice.pipeline.structure;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.prune.group.CutException;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Checks the law that every cut obeys (docs/structured-coverage.md): the model without some units computes what the model computes whose
 * weights that read these units are zero. ONNX Runtime is the judge. A cut model must also survive writing and reading, have shapes
 * that do not contradict each other or what the file declares, and put out what it did put out in shape. Of units over which
 * values are normalised only the latter is asked.
 */
public final class Law {

    private final LawSettings settings;
    private final Path folder;
    private final RandomGenerator random;
    private Set<String> declaredUntrue = Set.of();

    /**
     * One cut.
     *
     * @param normalised whether the units were those that values are normalised over
     * @param groups how many groups lost units, {@code units} how many these were
     * @param bytes of the weights afterwards
     * @param error the largest difference between cut and masked model, as a share of the output's scale; 0 for normalised units
     * @param effect the same between the model before and the masked one: what a check that tells nothing would miss
     */
    public record Round(boolean normalised, int groups, int units, long bytes, double error, double effect) {}

    private Law(LawSettings settings, Path folder) {
        this.settings = settings;
        this.folder = folder;
        this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(settings.seed());
    }

    /**
     * Cuts a model again and again; the last rounds remove units over which values are normalised.
     *
     * @param folder for the files that ONNX Runtime opens
     * @return what was measured; fewer rounds than asked for when nothing was left to remove
     * @throws LawViolation when a cut breaks the law
     */
    public static List<Round> check(Model model, LawSettings settings, Path folder) {
        return new Law(settings, folder).run(model);
    }

    private List<Round> run(Model model) {
        var file = folder.resolve("law-whole.onnx");
        OnnxWriter.write(model, file);
        LawInputs drawn;
        try (var session = OrtModel.open(file, OrtOptions.defaults())) {
            drawn = LawInputs.draw(session, settings);
        }
        var before = drawn.outputs();
        if (!Agreement.isFinite(before)) {
            throw new LawViolation("the model's outputs are not finite, which tells nothing");
        }
        declaredUntrue = Declarations.untrue(model).keySet();
        var rounds = new ArrayList<Round>();
        var current = OnnxReader.read(file);
        for (boolean normalised : new boolean[] {false, true}) {
            for (int i = 0; i < settings.rounds(); i++) {
                var groups = Groups.of(current);
                var removal = RandomRemoval.draw(groups, settings.share(), normalised, random);
                if (removal.isEmpty()) {
                    break;
                }
                var step = new Step(groups, removal, normalised, drawn.tensors(), before);
                current = cut(step, rounds);
                before = outputs(folder.resolve("law-cut.onnx"), step, OrtOptions.defaults());
                OnnxWriter.write(current, file);
                current = OnnxReader.read(file);
            }
        }
        return rounds;
    }

    /** One round's model and what is removed of it. */
    private record Step(
            Groups groups,
            Removal removal,
            boolean normalised,
            Map<String, HostTensor> inputs,
            Map<String, HostTensor> before) {

        @Override
        public String toString() {
            var text = new ArrayList<String>();
            for (var group : groups.list()) {
                var gone = new ArrayList<Integer>();
                for (int i = 0; i < group.width(); i++) {
                    if (removal.isRemoved(group, i)) {
                        gone.add(i);
                    }
                }
                if (!gone.isEmpty()) {
                    text.add(group + " without " + gone);
                }
            }
            return (normalised ? "normalised " : "") + String.join("; ", text);
        }
    }

    private Model cut(Step step, List<Round> rounds) {
        Model cut;
        try {
            cut = step.groups().cut(step.removal());
        } catch (CutException e) {
            throw new LawViolation(e.getMessage() + "; removed: " + step, e);
        }
        var file = folder.resolve("law-cut.onnx");
        OnnxWriter.write(cut, file);
        var back = OnnxReader.read(file);
        var untrue = Declarations.untrue(back);
        untrue.keySet().removeAll(declaredUntrue);
        if (!untrue.isEmpty()) {
            throw new LawViolation("value_info is stale: " + untrue + "; removed: " + step);
        }
        var actual = outputs(file, step, OrtOptions.defaults());
        checkShapes(back, actual, step);
        double error = 0;
        double effect = 0;
        if (!step.normalised()) {
            var masked = folder.resolve("law-mask.onnx");
            OnnxWriter.write(step.groups().mask(step.removal()), masked);
            var expected = outputs(masked, step, OrtOptions.defaults());
            error = Agreement.distance(expected, actual);
            effect = Agreement.distance(step.before(), expected);
            if (!Agreement.isRounding(error, 0, effect)) {
                var plain = outputs(masked, step, plain());
                double noise = Agreement.distance(expected, plain);
                if (!Agreement.isRounding(error, noise, effect)) {
                    // What is fused in one of the two models may be computed in int8 there.
                    error = Agreement.distance(plain, outputs(file, step, plain()));
                    checkNoise(error, effect, noise, step);
                }
            }
        }
        rounds.add(round(step, back, error, effect));
        return back;
    }

    private static void checkNoise(double error, double effect, double noise, Step step) {
        if (!Agreement.isRounding(error, noise, effect)) {
            throw new LawViolation(
                    "cut and mask differ by %.2e of the scale (rounding makes %.2e, the units make %.2e); removed: %s"
                            .formatted(error, noise, effect, step));
        }
    }

    private static OrtOptions plain() {
        return OrtOptions.defaults().withOptimization(OrtOptions.Optimization.NONE);
    }

    /** Sizes that the model fixes must be what they were; how many boxes a detector finds may change. */
    private static void checkShapes(Model cut, Map<String, HostTensor> actual, Step step) {
        for (var output : cut.graph().outputs()) {
            var was = step.before().get(output.name());
            var now = actual.get(output.name());
            if (was == null && now == null) {
                continue;
            }
            boolean fits = was != null && now != null && fits(output.shape(), was.dims(), now.dims());
            if (!fits) {
                throw new LawViolation(
                        "the output '%s' %s is %s after the cut; removed: %s".formatted(output.name(), was, now, step));
            }
        }
    }

    private static boolean fits(@Nullable Shape declared, List<Long> was, List<Long> now) {
        if (was.size() != now.size()) {
            return false;
        }
        for (int i = 0; declared != null && declared.rank() == was.size() && i < was.size(); i++) {
            if (declared.dim(i) instanceof Dim.Known && !was.get(i).equals(now.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static Round round(Step step, Model cut, double error, double effect) {
        int groups = 0;
        int units = 0;
        for (var group : step.groups().list()) {
            int gone = group.width() - step.removal().kept(group);
            groups += gone > 0 ? 1 : 0;
            units += gone;
        }
        long bytes = cut.graph().initializers().stream()
                .mapToLong(tensor -> tensor.byteSize())
                .sum();
        return new Round(step.normalised(), groups, units, bytes, error, effect);
    }

    private static Map<String, HostTensor> outputs(Path file, Step step, OrtOptions options) {
        try (var session = OrtModel.open(file, options)) {
            return session.run(step.inputs());
        } catch (dev.coppice.ir.BadModelException e) {
            throw new LawViolation(e.getMessage() + "; removed: " + step, e);
        }
    }
}
