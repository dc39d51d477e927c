package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each operator that couples axes keeps the law of structured pruning in ONNX Runtime, by itself (operators.txt). */
class OperatorLawTest {

    @TempDir
    private Path folder;

    static List<OperatorRow> rows() {
        return OperatorRow.all();
    }

    @Test
    void everyCoupledOperatorHasARow() {
        var tested = new HashSet<String>();
        rows().forEach(row -> tested.add(row.operator()));
        assertThat(tested).containsExactlyInAnyOrderElementsOf(Groups.operators());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatIsCutThroughAnOperatorComputesWhatTheMaskDoes(OperatorRow row) {
        var model = row.model();
        var whole = file(model, "whole");
        Map<String, HostTensor> inputs;
        Map<String, HostTensor> before;
        try (var session = OrtModel.open(whole, OrtOptions.defaults())) {
            var drawn = LawInputs.draw(session, LawSettings.of(row.line()));
            inputs = drawn.tensors();
            before = drawn.outputs();
        }
        assertThat(Agreement.isFinite(before)).as("finite outputs").isTrue();
        var groups = Groups.of(model);
        var through = new HashSet<String>();
        for (var removal : removals(groups)) {
            var cut = groups.cut(removal);
            var masked = run(groups.mask(removal), "masked", inputs);
            assertThat(Agreement.distance(masked, run(cut, "cut", inputs)))
                    .as("cut and mask of %s differ", text(groups, removal))
                    .isLessThanOrEqualTo(Agreement.BOUND);
            boolean inTheWay = isInTheWay(row, model, cut);
            assertThat(row.kept() && inTheWay).as("%s is cut", row).isFalse();
            if (inTheWay != row.kept() && Agreement.distance(before, masked) > 1e-3) {
                through.add(text(groups, removal));
            }
        }
        assertThat(through)
                .as("units that were removed through %s; groups: %s", row, RandomRemoval.prunable(groups, false))
                .isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void randomCutsOfWhatIsLeftKeepTheLaw(OperatorRow row) {
        assertThat(Law.check(row.model(), LawSettings.of(row.line()).withRounds(1), folder))
                .as("rounds")
                .isNotEmpty();
    }

    /** Returns a unit and two units of each group, and all of these at once. */
    private static List<Removal> removals(Groups groups) {
        var each = RandomRemoval.prunable(groups, false).stream()
                .filter(group -> group.width() > 1)
                .flatMap(group -> Stream.of(
                        removal(groups, group, List.of(0)), removal(groups, group, List.of(1, group.width() - 1))))
                .filter(removal -> groups.emptied(removal).isEmpty())
                .toList();
        var all = groups.nothing();
        RandomRemoval.prunable(groups, false).stream()
                .filter(group -> group.width() > 1)
                .forEach(group -> all.remove(group, 1));
        return groups.emptied(all).isEmpty() && !all.isEmpty()
                ? Stream.concat(each.stream(), Stream.of(all)).toList()
                : each;
    }

    private static Removal removal(Groups groups, Group group, List<Integer> units) {
        var removal = groups.nothing();
        units.forEach(unit -> removal.remove(group, unit));
        return removal;
    }

    private static String text(Groups groups, Removal removal) {
        return groups.list().stream()
                .filter(group -> removal.kept(group) < group.width())
                .map(group -> group + " to " + removal.kept(group))
                .toList()
                .toString();
    }

    /** Says whether an activation that the operator reads or makes is smaller in the cut model. */
    private static boolean isInTheWay(OperatorRow row, Model model, Model cut) {
        var was = ShapeInference.infer(model);
        var is = ShapeInference.infer(cut);
        var constants = new HashSet<String>();
        model.graph().initializers().forEach(tensor -> constants.add(tensor.name()));
        return model.graph().nodes().stream()
                .filter(node -> name(node).equals(row.operator()))
                .flatMap(node -> Stream.concat(node.inputs().stream(), node.outputs().stream()))
                .filter(value -> !value.isEmpty() && !constants.contains(value))
                .anyMatch(value -> was.shape(value).isPresent()
                        && is.shape(value).isPresent()
                        && !was.shape(value).equals(is.shape(value)));
    }

    private static String name(Node node) {
        return node.operator();
    }

    private Path file(Model model, String name) {
        var file = folder.resolve(name + ".onnx");
        OnnxWriter.write(model, file);
        return file;
    }

    private Map<String, HostTensor> run(Model model, String name, Map<String, HostTensor> inputs) {
        try (var session = OrtModel.open(file(model, name), OrtOptions.defaults())) {
            return session.run(inputs);
        }
    }
}
