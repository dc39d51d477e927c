package dev.coppice.prune.score;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Evidence that has been collected about a model, by kind and by the name of the layer. */
public final class Findings {

    /** Nothing but the weights is known. */
    public static final Findings NONE = new Findings(Map.of());

    private final Map<Evidence, Map<String, Values>> found;

    private Findings(Map<Evidence, Map<String, Values>> found) {
        this.found = found;
    }

    /** Sees one kind of evidence about one layer. */
    @FunctionalInterface
    public interface Visitor {
        void visit(Evidence kind, String layer, Values values);
    }

    /** Returns the kinds of evidence that there are. */
    public Set<Evidence> kinds() {
        return found.keySet();
    }

    /** Hands everything on, sorted by kind and layer. */
    public void forEach(Visitor visitor) {
        found.forEach(
                (kind, layers) -> new TreeMap<>(layers).forEach((layer, values) -> visitor.visit(kind, layer, values)));
    }

    /** Returns these findings and some more; of the same kind and layer, the new ones. */
    public Findings with(Evidence kind, Map<String, ? extends Values> byLayer) {
        var all = new EnumMap<Evidence, Map<String, Values>>(Evidence.class);
        all.putAll(found);
        var both = new HashMap<String, Values>(found.getOrDefault(kind, Map.of()));
        both.putAll(byLayer);
        all.put(kind, Map.copyOf(both));
        return new Findings(all);
    }

    /** Returns these findings and others. */
    public Findings with(Findings others) {
        var all = this;
        for (var entry : others.found.entrySet()) {
            all = all.with(entry.getKey(), entry.getValue());
        }
        return all;
    }

    /** Returns what is known of a layer; empty when it was not observed. */
    public Optional<Values> find(Evidence kind, String layer) {
        return Optional.ofNullable(found.getOrDefault(kind, Map.of()).get(layer));
    }

    /** Returns what is known of a layer; throws {@link IllegalArgumentException} when it was not observed. */
    public Values of(Evidence kind, String layer) {
        return find(kind, layer)
                .orElseThrow(() -> new IllegalArgumentException(kind + " of " + layer + " was not collected"));
    }
}
