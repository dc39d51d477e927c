package dev.coppice.ir.shape;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Shape;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a graph declares of its values. Shapes that a caller gives for inputs bind the symbols of the declared ones, everywhere;
 * once they contradict a declared number, declared sizes of other values count for nothing any more.
 */
final class Declarations {

    private final Map<String, ValueInfo> declared = new HashMap<>();
    private final Map<String, Dim> bindings = new HashMap<>();
    private final Set<String> ambiguous = new HashSet<>();
    private boolean stale;

    /** Returns what the graph of a body declares, without its sizes: these may be others each time that it runs. */
    static Declarations ofRanks(Graph body) {
        var ranks = new Declarations(body, Map.of());
        body.inputs().forEach(input -> ranks.declared.putIfAbsent(input.name(), input));
        ranks.declared.replaceAll((_, value) -> new ValueInfo(
                value.name(),
                value.type(),
                value.shape() == null
                        ? null
                        : new Shape(Collections.nCopies(value.shape().rank(), Dim.unknown())),
                value.carried()));
        return ranks;
    }

    Declarations(Graph graph, Map<String, Shape> overrides) {
        var unknown = new HashSet<>(overrides.keySet());
        graph.inputs().forEach(input -> unknown.remove(input.name()));
        if (!unknown.isEmpty()) {
            var names = graph.inputs().stream().map(ValueInfo::name).toList();
            throw new UsageException("the model has no input " + String.join(", ", unknown), "its inputs are " + names);
        }
        for (var input : graph.inputs()) {
            var given = overrides.get(input.name());
            if (given != null) {
                bind(input, given);
            }
        }
        graph.valueInfos().forEach(v -> declared.put(v.name(), v));
        graph.outputs()
                .forEach(v -> declared.merge(v.name(), v, (info, output) -> output.shape() == null ? info : output));
    }

    private void bind(ValueInfo input, Shape given) {
        var shape = input.shape();
        if (shape == null) {
            return;
        }
        if (shape.rank() != given.rank()) {
            throw new BadModelException(
                    "input '%s' is declared as %s and given as %s".formatted(input.name(), shape, given),
                    "give as many dimensions as the model declares");
        }
        for (int i = 0; i < shape.rank(); i++) {
            switch (shape.dim(i)) {
                case Dim.Symbol(var name) -> bind(name, given.dim(i));
                case Dim.Known known ->
                    stale |= given.dim(i) instanceof Dim.Known && !given.dim(i).equals(known);
                case Dim.Unknown _ -> {}
            }
        }
    }

    /** A symbol that inputs give different sizes is a name used twice, and bound to neither. */
    private void bind(String symbol, Dim size) {
        var earlier = bindings.putIfAbsent(symbol, size);
        if (earlier != null && !earlier.equals(size)) {
            ambiguous.add(symbol);
        }
    }

    /** Returns a declared shape with its symbols replaced by what they are bound to. */
    @Nullable
    Shape bound(@Nullable Shape shape) {
        return shape == null
                ? null
                : new Shape(shape.dims().stream().map(this::bound).toList());
    }

    private Dim bound(Dim dim) {
        return dim instanceof Dim.Symbol(var name) && !ambiguous.contains(name)
                ? bindings.getOrDefault(name, dim)
                : dim;
    }

    /** Adds what is declared of a value to what was inferred; where they contradict, the inferred holds. */
    Typed merge(String value, Typed inferred) {
        var info = declared.get(value);
        if (info == null || inferred.constant() != null) {
            return inferred;
        }
        var type = inferred.type() == null ? info.type() : inferred.type();
        var shape = stale ? inferred.shape() : merge(inferred.shape(), bound(info.shape()));
        return new Typed(type, shape, null, inferred.terms());
    }

    private static @Nullable Shape merge(@Nullable Shape inferred, @Nullable Shape stated) {
        if (inferred == null || stated == null) {
            return inferred == null ? stated : inferred;
        }
        if (inferred.rank() != stated.rank()) {
            return inferred;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < inferred.rank(); i++) {
            boolean better = inferred.dim(i) instanceof Dim.Unknown && !(stated.dim(i) instanceof Dim.Unknown);
            dims.add(better ? stated.dim(i) : inferred.dim(i));
        }
        return new Shape(dims);
    }
}
