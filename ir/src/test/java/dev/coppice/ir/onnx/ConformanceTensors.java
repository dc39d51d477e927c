package dev.coppice.ir.onnx;

import dev.coppice.ir.Graph;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;

/** Finds the files of the conformance suite that hold tensors; others hold sequences and optionals. */
final class ConformanceTensors {

    private ConformanceTensors() {}

    static List<Path> all() throws IOException {
        var tensors = new ArrayList<Path>();
        try (var tree = Files.walk(TestData.data("onnx-testdata"))) {
            for (var model : tree.filter(f -> f.endsWith("model.onnx")).sorted().toList()) {
                var graph = OnnxReader.read(model).graph();
                for (var set : sets(model)) {
                    add(set, "input_", inputs(graph), tensors);
                    add(set, "output_", graph.outputs(), tensors);
                }
            }
        }
        return tensors;
    }

    private static List<Path> sets(Path model) throws IOException {
        try (Stream<Path> sets = Files.list(model.resolveSibling("."))) {
            return sets.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static List<ValueInfo> inputs(Graph graph) {
        var constants = new HashSet<String>();
        graph.initializers().forEach(tensor -> constants.add(tensor.name()));
        return graph.inputs().stream()
                .filter(input -> !constants.contains(input.name()))
                .toList();
    }

    private static void add(Path set, String prefix, List<ValueInfo> values, List<Path> into) {
        for (int i = 0; i < values.size(); i++) {
            var file = set.resolve(prefix + i + ".pb");
            if (values.get(i).type() != null && Files.exists(file)) {
                into.add(file);
            }
        }
    }
}
