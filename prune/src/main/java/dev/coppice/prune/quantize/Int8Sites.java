package dev.coppice.prune.quantize;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.Glob;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the layers of a model that can become int8.
 *
 * @param found in graph order
 * @param inFloat those that cannot, or that the selection keeps
 */
public record Int8Sites(List<Int8Site> found, List<FloatLayer> inFloat) {

    static final String KEPT = "kept in float as asked";

    static final String SHARED = "another operator reads its weight in float: int8 would store it a second time";

    public Int8Sites {
        found = List.copyOf(found);
        inFloat = List.copyOf(inFloat);
    }

    /**
     * Looks at every node with one of the operators.
     *
     * @param ops operators of the standard domain, such as MatMul, Gemm, Conv, ConvTranspose, and Gather for embeddings
     * @param selection globs over the names of weights and nodes; {@code only} restricts to what it names
     * @throws UsageException when a glob matches no layer
     */
    public static Int8Sites of(Model model, Set<String> ops, Selection selection) {
        var search = new Search(ops, selection);
        search.add(model.graph(), WeightResolver.of(model.graph()), true);
        search.requireMatches();
        return new Int8Sites(search.found, search.inFloat);
    }

    /** Returns the values that are read, directly or through others, even if no site reads its weight any more. */
    static Set<String> readBesides(Graph graph, Collection<Int8Site> sites) {
        var operands = new HashMap<String, Integer>();
        sites.forEach(site -> operands.put(site.id(), site.operand()));
        var read = new HashSet<String>();
        graph.outputs().forEach(output -> read.add(output.name()));
        for (var node : graph.nodes().reversed()) {
            if (node.outputs().stream().noneMatch(read::contains)) {
                continue;
            }
            var operand = operands.get(node.output(0));
            if (operand == null) {
                read.addAll(node.uses());
                continue;
            }
            for (int i = 0; i < node.inputs().size(); i++) {
                if (i != operand) {
                    read.add(node.input(i));
                }
            }
        }
        return read;
    }

    /** One walk through a model. */
    private static final class Search {

        private final Set<String> ops;
        private final List<Glob> keep;
        private final List<Glob> only;
        private final List<Int8Site> found = new ArrayList<>();
        private final List<FloatLayer> inFloat = new ArrayList<>();
        private final Set<String> names = new LinkedHashSet<>();

        Search(Set<String> ops, Selection selection) {
            this.ops = ops;
            this.keep = selection.keep().stream().map(Glob::new).toList();
            this.only = selection.only().stream().map(Glob::new).toList();
        }

        void add(Graph graph, WeightResolver resolver, boolean main) {
            for (var node : graph.nodes()) {
                if (node.isStandard() && ops.contains(node.opType())) {
                    add(node, resolver, main);
                }
                node.bodies().forEach(body -> add(body, resolver.inBody(body), false));
            }
        }

        private void add(Node node, WeightResolver resolver, boolean main) {
            if (node.is("Gather")) {
                if (node.intAttribute("axis", 0) == 0
                        && resolver.resolve(node.input(0)) instanceof Resolution.Found(var table)
                        && table.source().type().prunable()
                        && table.dims().size() == 2) {
                    add(new Int8Site(node, 0, table), main);
                }
                return;
            }
            for (int operand : WeightOperator.operandsOf(node)) {
                switch (resolver.resolve(node.input(operand))) {
                    case Resolution.Found found -> add(new Int8Site(node, operand, found.weight()), main);
                    case Resolution.Foldable _ ->
                        refuse(node, operand, "computed from constants by other operators: fold constants first");
                    case Resolution.Rounded _ ->
                        refuse(node, operand, "quantized already (QuantizeLinear, DequantizeLinear)");
                    case Resolution.Refused(var reason) -> refuse(node, operand, reason);
                    case Resolution.NotConstant _ -> {}
                }
            }
        }

        private void add(Int8Site site, boolean main) {
            var weight = site.weight();
            var aliases = List.of(weight.name(), site.node().label());
            names.addAll(aliases);
            boolean wanted = only.isEmpty() || matches(only, aliases);
            var reason = matches(keep, aliases) || !wanted ? KEPT : obstacle(site, main);
            if (reason.isEmpty()) {
                found.add(site);
            } else {
                inFloat.add(site.left(reason));
            }
        }

        private static String obstacle(Int8Site site, boolean main) {
            var weight = site.weight();
            if (!main) {
                return "inside a body of If, Loop or Scan";
            }
            if (!weight.source().type().prunable()) {
                return "holds " + weight.source().type() + ", not floating-point numbers";
            }
            if (weight.size() == 0
                    || weight.size() > Integer.MAX_VALUE
                    || weight.dims().size() < 2) {
                return "a weight of shape " + weight.dims();
            }
            return StorageOrder.isOneToOne(weight) ? "" : "one stored value serves several weights";
        }

        private void refuse(Node node, int operand, String reason) {
            names.addAll(List.of(node.input(operand), node.label()));
            inFloat.add(new FloatLayer(node.label(), node.opType(), node.input(operand), reason));
        }

        private static boolean matches(List<Glob> globs, List<String> aliases) {
            return globs.stream().anyMatch(glob -> aliases.stream().anyMatch(glob::matches));
        }

        void requireMatches() {
            for (var globs : List.of(keep, only)) {
                for (var glob : globs) {
                    if (names.stream().noneMatch(glob::matches)) {
                        throw new UsageException(
                                "'" + glob + "' matches no layer that int8 is for",
                                Parameters.nearest(glob.toString(), names));
                    }
                }
            }
        }
    }
}
