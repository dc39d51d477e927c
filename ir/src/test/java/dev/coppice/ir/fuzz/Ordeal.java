package dev.coppice.ir.fuzz;

import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.edit.Invariants;
import dev.coppice.ir.fuzz.Outcome.Step;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.rules.FoldConstants;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Puts an encoded model through everything that Coppice does with one before it prunes. */
public final class Ordeal {

    private final Path folder;

    /** Uses {@code folder} for the files written; a model's external data are looked for there too. */
    public Ordeal(Path folder) {
        this.folder = folder;
    }

    /** Reads, checks, writes, reads again, resolves every operand, infers shapes and folds constants. Throws nothing. */
    @SuppressWarnings("CatchingUnchecked") // whatever comes out is the result
    public Outcome run(byte[] encoded) {
        var step = new Step[] {Step.READ};
        try {
            var model = OnnxReader.read(MemorySegment.ofArray(encoded), folder);
            Invariants.check(model);
            step[0] = Step.WRITE;
            var written = OnnxWriter.write(forgetful(model), folder.resolve("written.onnx"));
            step[0] = Step.READ_AGAIN;
            mustSucceed(() -> OnnxReader.read(written.getFirst()));
            step[0] = Step.RESOLVE_WEIGHTS;
            var foldable = new HashSet<String>();
            resolve(model.graph(), WeightResolver.of(model.graph()), foldable);
            step[0] = Step.INFER_SHAPES;
            ShapeInference.infer(model);
            step[0] = Step.FOLD_CONSTANTS;
            FoldConstants.fold(FoldConstants.fold(model.graph()), foldable);
            return new Outcome.Survived();
        } catch (CoppiceException e) {
            return e.hint().isBlank() ? new Outcome.Failed(step[0], e) : new Outcome.Refused(step[0]);
        } catch (Throwable e) {
            return new Outcome.Failed(step[0], e);
        }
    }

    /** Writes from the values, not from the bytes that were read. */
    private static Model forgetful(Model model) {
        return new Model(
                model.irVersion(), model.opsets(), model.graph(), model.functions(), model.carried(), new Origins());
    }

    private static void mustSucceed(Runnable action) {
        try {
            action.run();
        } catch (CoppiceException e) {
            throw new IllegalStateException("what was written cannot be read", e);
        }
    }

    private static void resolve(Graph graph, WeightResolver resolver, Set<String> foldable) {
        for (var node : graph.nodes()) {
            for (var input : node.inputs()) {
                switch (resolver.resolve(input)) {
                    case Resolution.Found(var weight) -> checkInside(weight);
                    case Resolution.Rounded(var weight) -> checkInside(weight);
                    case Resolution.Foldable(var value) -> foldable.add(value);
                    case Resolution.NotConstant _, Resolution.Refused _ -> {}
                }
            }
            for (var body : node.bodies()) {
                resolve(body, resolver.inBody(body), new HashSet<>());
            }
        }
    }

    /** A view must never reach beyond the tensor that it views. */
    private static void checkInside(Weight weight) {
        if (weight.size() == 0) {
            return;
        }
        long last = weight.offset();
        for (int axis = 0; axis < weight.dims().size(); axis++) {
            last += (weight.dims().get(axis) - 1) * weight.strides().get(axis);
        }
        if (weight.offset() < 0
                || last < weight.offset()
                || last >= weight.source().size()) {
            throw new IllegalStateException("a view out of its tensor: " + weight);
        }
    }
}
