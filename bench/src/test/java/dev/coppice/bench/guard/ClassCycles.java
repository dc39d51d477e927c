package dev.coppice.bench.guard;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds top-level classes of one package that all reach each other, directly or through others of the package. */
final class ClassCycles {

    /** Classes that reach each other, each with those of them that it names itself. */
    record Cycle(String packageName, Map<String, Set<String>> named) {
        int size() {
            return named.size();
        }

        /** Prints one class a line, with what it names. */
        @Override
        public String toString() {
            return named.entrySet().stream()
                    .map(entry -> "%n    %s -> %s".formatted(entry.getKey(), String.join(", ", entry.getValue())))
                    .collect(Collectors.joining("", packageName, ""));
        }
    }

    private final Map<String, Set<String>> named = new TreeMap<>();
    private final Map<String, Set<String>> reached = new TreeMap<>();

    private ClassCycles() {}

    /** Returns the cycles of two classes and more, the largest first. */
    static List<Cycle> of(JavaClasses classes) {
        var self = new ClassCycles();
        for (var type : classes) {
            for (var dependency : type.getDirectDependenciesFromSelf()) {
                var target = dependency.getTargetClass();
                if (target.getPackageName().equals(type.getPackageName())
                        && !top(target).equals(top(type))) {
                    self.named.computeIfAbsent(top(type), _ -> new TreeSet<>()).add(top(target));
                }
            }
        }
        return self.cycles();
    }

    private List<Cycle> cycles() {
        named.keySet().forEach(type -> reached.put(type, reachedFrom(type)));
        var found = new TreeSet<String>();
        var cycles = new ArrayList<Cycle>();
        for (var type : named.keySet()) {
            var members = new TreeSet<String>();
            reached.get(type).stream()
                    .filter(other -> reached.getOrDefault(other, Set.of()).contains(type))
                    .forEach(members::add);
            if (members.size() > 1 && found.addAll(members)) {
                cycles.add(cycle(members));
            }
        }
        cycles.sort((a, b) -> b.size() - a.size());
        return cycles;
    }

    private Set<String> reachedFrom(String type) {
        var seen = new TreeSet<String>();
        var left = new ArrayList<>(List.of(type));
        while (!left.isEmpty()) {
            for (var next : named.getOrDefault(left.removeLast(), Set.of())) {
                if (seen.add(next)) {
                    left.add(next);
                }
            }
        }
        return seen;
    }

    private Cycle cycle(Set<String> members) {
        var lines = new TreeMap<String, Set<String>>();
        for (var member : members) {
            var others = named.get(member).stream().filter(members::contains).map(ClassCycles::simple);
            lines.put(simple(member), others.collect(Collectors.toCollection(TreeSet::new)));
        }
        var first = members.iterator().next();
        return new Cycle(first.substring(0, first.lastIndexOf('.')), lines);
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static String top(JavaClass type) {
        var name = type.getName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }
}
