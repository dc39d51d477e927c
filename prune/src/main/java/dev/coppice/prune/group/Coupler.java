package dev.coppice.prune.group;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.shape.Term;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Goes through a graph once, in its order, and lets every operator couple its axes. */
final class Coupler {

    private final Model model;
    private final Shapes shapes;
    private final Labels labels;
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final Set<String> constantValues = new HashSet<>();
    private final Set<String> used = new HashSet<>();
    private final Map<String, List<Axis>> values = new HashMap<>();
    private final Map<Origin, Axis> origins = new LinkedHashMap<>();
    private final Map<String, List<Use>> uses = new HashMap<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<ReadPlace> places = new ArrayList<>();
    private final Set<Origin> readOrigins = new HashSet<>();
    private final IdentityHashMap<Node, List<Rewrite>> rewrites = new IdentityHashMap<>();
    private Map<String, List<Axis>> sizes = Map.of();

    /** A node's operand that is a vector stored as a constant; its labels are its own. */
    record Use(Node node, int operand, int number) {}

    private Coupler(Model model) {
        this.model = model;
        this.shapes = ShapeInference.infer(model);
        this.labels = new Labels(
                model.graph().initializers().stream().mapToLong(Tensor::size).sum());
    }

    static Coupler of(Model model) {
        var coupler = new Coupler(model);
        coupler.run(model.graph());
        return coupler;
    }

    private void run(Graph graph) {
        graph.nodes().forEach(node -> used.addAll(node.uses()));
        graph.outputs().forEach(output -> used.add(output.name()));
        graph.initializers().forEach(this::constant);
        for (var tensor : graph.sparseInitializers()) {
            var why = new Reason("", "", "the constant '" + tensor.name() + "' is stored as a sparse tensor");
            constantValues.add(tensor.name());
            values.put(tensor.name(), opaque(Shape.of(tensor.dims()), why));
        }
        for (var input : graph.inputs()) {
            if (!constants.containsKey(input.name())) {
                var why = new Reason("", "", "belongs to the model's input '" + input.name() + "'");
                shapes.shape(input.name()).ifPresent(shape -> values.put(input.name(), opaque(shape, why)));
            }
        }
        graph.overridable().forEach(this::override);
        graph.nodes().forEach(this::couple);
        for (var output : graph.outputs()) {
            var why = new Reason("", "", "belongs to the model's output '" + output.name() + "'");
            values.getOrDefault(output.name(), List.of()).forEach(axis -> block(axis, why));
        }
        SizeUses.check(this);
        PoolingPlaces.check(this);
    }

    private void override(String name) {
        var why = new Reason("", "", "the constant '" + name + "' may be given as an input");
        values.getOrDefault(name, List.of()).forEach(axis -> block(axis, why));
        constantValues.remove(name);
    }

    private void constant(Tensor tensor) {
        constants.put(tensor.name(), tensor);
        constantValues.add(tensor.name());
        if (!isData(tensor)) {
            boolean empty = isData(tensor.type()) && tensor.size() == 0;
            var what = empty ? "' has no elements" : "' holds " + tensor.type() + ", not weights";
            var why = new Reason("", "", "the constant '" + tensor.name() + what);
            values.put(tensor.name(), opaque(tensor.shape(), why));
            return;
        }
        values.put(tensor.name(), axes(tensor, 0));
    }

    /** Says whether a constant's elements are data that can be taken out, and not sizes, indices or text. */
    private static boolean isData(Tensor tensor) {
        return isData(tensor.type())
                && tensor.size() > 0
                && tensor.dims().stream().allMatch(dim -> dim <= Integer.MAX_VALUE);
    }

    static boolean isData(DType type) {
        return type.prunable() || type == DType.BOOL;
    }

    private List<Axis> axes(Tensor tensor, int use) {
        var axes = new ArrayList<Axis>();
        for (int i = 0; i < tensor.dims().size(); i++) {
            int size = Math.toIntExact(tensor.dims().get(i));
            if (size <= 1) {
                axes.add(Axis.fixed(size, new Reason("", "", "is the only one of its axis")));
                continue;
            }
            if (!labels.hasRoom(size)) {
                axes.add(Axis.fixed(size, new Reason("", "", "is one of more indices than can be followed")));
                continue;
            }
            var origin = new Origin(tensor.name(), use, i);
            var axis = new Axis(List.of(new Factor.Live(labels.fresh(size))), Set.of(origin));
            origins.put(origin, axis);
            axes.add(axis);
        }
        return axes;
    }

    private void couple(Node node) {
        if (node.is("Constant")) {
            node.tensorAttribute("value")
                    .ifPresentOrElse(
                            tensor -> constant(tensor.withName(node.output(0))),
                            () -> keep(new Site(node, model.opset(), this), 0, true));
            return;
        }
        boolean constant = node.isStandard()
                && node.bodies().isEmpty()
                && !node.inputs().isEmpty()
                && !node.opType().startsWith("Random")
                && node.inputs().stream().allMatch(input -> input.isEmpty() || constantValues.contains(input));
        var done = new Site(node, model.opset(), this);
        var site = done;
        var rule = model.calls(node) ? null : Couplings.of(node);
        if (rule == null) {
            opaque(node, site, model.calls(node) ? Reason.CALL : Reason.without(node));
        } else {
            try {
                Malformed.guard(node, "the coupling of its axes", () -> rule.couple(done));
                gap(done).ifPresent(text -> opaque(node, done, text));
                for (int i = 0; i < node.inputs().size(); i++) {
                    if (!site.isTouched(i)) {
                        site.parameter(i);
                    }
                }
            } catch (Site.UnknownAxes | Labels.FullException e) {
                site = new Site(node, model.opset(), this);
                rewrites.remove(node);
                opaque(node, site, e instanceof Site.UnknownAxes unknown ? unknown.reason() : Labels.FULL);
            }
        }
        for (int i = 0; i < node.outputs().size(); i++) {
            keep(site, i, constant);
        }
    }

    /**
     * Returns what a rule says nothing of though its size may depend on what is cut: an operand of data with more than one element, or an
     * output that is used. So a definition that has grown since is no silent error.
     */
    private Optional<String> gap(Site site) {
        var node = site.node();
        for (int i = 0; i < node.inputs().size(); i++) {
            if (!site.isTouched(i) && site.has(i) && mayBeCut(node.input(i))) {
                return Optional.of("meets an operand (number " + i + ") that the rule does not know, in");
            }
        }
        for (int i = 0; i < node.outputs().size(); i++) {
            if (site.outputs().get(i) == null && used.contains(node.output(i))) {
                return Optional.of("meets an output (number " + i + ") that the rule does not know, in");
            }
        }
        return Optional.empty();
    }

    private boolean mayBeCut(String value) {
        boolean data = shapes.type(value).map(Coupler::isData).orElse(true);
        return data
                && shapes.shape(value)
                        .map(shape -> shape.rank() > 0 && !shape.elements().equals(OptionalLong.of(1)))
                        .orElse(true);
    }

    private void keep(Site site, int i, boolean constant) {
        var name = site.node().output(i);
        if (name.isEmpty()) {
            return;
        }
        if (constant) {
            constantValues.add(name);
        }
        var axes = site.outputs().get(i);
        if (axes == null) {
            if (used.contains(name)) {
                shapes.shape(name).ifPresent(shape -> values.put(name, opaque(shape, site.reason("comes from"))));
            }
            return;
        }
        boolean origin = constant || site.node().is("ConstantOfShape");
        values.put(
                name,
                origin
                        ? axes
                        : axes.stream().map(axis -> axis.withOrigins(Set.of())).toList());
    }

    /** Blocks all that a node reads, in its bodies too. */
    private void opaque(Node node, Site site, String text) {
        var why = site.reason(text);
        for (int i = 0; i < node.inputs().size(); i++) {
            var axes = axes(node, i);
            if (axes != null) {
                axes.forEach(axis -> block(axis, why));
            }
        }
        node.bodies().forEach(body -> captured(body, why));
    }

    private void captured(Graph body, Reason why) {
        for (var node : body.nodes()) {
            for (var input : node.inputs()) {
                values.getOrDefault(input, List.of()).forEach(axis -> block(axis, why));
            }
            node.bodies().forEach(inner -> captured(inner, why));
        }
        for (var output : body.outputs()) {
            values.getOrDefault(output.name(), List.of()).forEach(axis -> block(axis, why));
        }
    }

    /** Says that all indices of an axis must stay. */
    void block(Axis axis, Reason reason) {
        for (var factor : axis.factors()) {
            if (factor instanceof Factor.Live(int[] live)) {
                for (int label : live) {
                    labels.block(label, reason);
                }
            }
        }
    }

    static List<Axis> opaque(Shape shape, Reason reason) {
        return shape.dims().stream().map(dim -> opaque(dim, reason)).toList();
    }

    static Axis opaque(Dim dim, Reason reason) {
        return dim instanceof Dim.Known(long size) && size <= Integer.MAX_VALUE
                ? Axis.fixed((int) size, reason)
                : Axis.of(open(Term.of(dim)));
    }

    /** Returns a factor that is the same wherever the same size is meant. */
    static Factor open(Term size) {
        return new Factor.Open(size instanceof Term.Size(var dim) ? dim : new Object());
    }

    /** Returns the axes of a node's operand; null when it is left out or of unknown rank. */
    @SuppressWarnings("ReferenceEquality") // one node is one object in a graph
    @Nullable
    List<Axis> axes(Node node, int operand) {
        var name = node.input(operand);
        var stored = constants.get(name);
        if (stored == null || !isVector(stored) || !isData(stored)) {
            return values.get(name);
        }
        // A bias, scale or slope that several layers happen to share need not tie them together: a cut gives each its
        // own.
        var known = uses.computeIfAbsent(name, _ -> new ArrayList<>());
        for (var use : known) {
            if (use.node() == node && use.operand() == operand) {
                return IntStream.range(0, stored.dims().size())
                        .mapToObj(axis -> origins.getOrDefault(
                                new Origin(name, use.number(), axis),
                                Axis.fixed(1, new Reason("", "", "is the only one of its axis"))))
                        .toList();
            }
        }
        var use = new Use(node, operand, known.size() + 1);
        known.add(use);
        return axes(stored, use.number());
    }

    private static boolean isVector(Tensor tensor) {
        return tensor.dims().stream().filter(dim -> dim > 1).count() == 1;
    }

    void read(Read read) {
        reads.add(read);
        read(new ReadPlace(read.node(), read.weight(), read.weightAxis(), read.axis()));
    }

    void read(ReadPlace place) {
        places.add(place);
        readOrigins.addAll(place.axis().origins());
    }

    /** Says whether an operator adds up products along this axis of a constant. */
    boolean isRead(Origin origin) {
        return readOrigins.contains(origin);
    }

    Axis placeholder(String value, long size, int axis) {
        var origin = new Origin(value, 0, axis);
        var live = Axis.live(labels.fresh(size)).withOrigins(Set.of(origin));
        origins.put(origin, live);
        return live;
    }

    void onCut(Node node, Rewrite rewrite) {
        rewrites.computeIfAbsent(node, _ -> new ArrayList<>()).add(rewrite);
    }

    boolean isConstant(String value) {
        return constantValues.contains(value);
    }

    Model model() {
        return model;
    }

    Shapes shapes() {
        return shapes;
    }

    Labels labels() {
        return labels;
    }

    /** Returns the stored constants by name: initializers and the tensors of Constant nodes. */
    Map<String, Tensor> constants() {
        return constants;
    }

    Map<String, List<Axis>> values() {
        return values;
    }

    Map<Origin, Axis> origins() {
        return origins;
    }

    /** Returns the operands that read a stored vector each with labels of its own. */
    Map<String, List<Use>> uses() {
        return uses;
    }

    /** Returns the axes of whose sizes a value is computed. */
    List<Axis> sizes(String value) {
        return sizes.getOrDefault(value, List.of());
    }

    void sizes(Map<String, List<Axis>> found) {
        sizes = found;
    }

    List<Read> reads() {
        return reads;
    }

    /** Returns all places where weights are read, those of recurrences too. */
    List<ReadPlace> places() {
        return places;
    }

    IdentityHashMap<Node, List<Rewrite>> rewrites() {
        return rewrites;
    }
}
