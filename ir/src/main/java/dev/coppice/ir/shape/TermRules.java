package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.eval.SliceRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Shape arithmetic: what is known of the elements of short integer vectors that are not constant as a whole, because a dimension
 * they come from is symbolic or unknown. Covers the chains that exporters write (Shape, Gather, Unsqueeze, Concat, Reshape; Shape,
 * Slice, Cast, Mul; Equal, Where, Expand).
 */
final class TermRules {

    /** Returns what is known of the first output's elements; null when nothing is. */
    @FunctionalInterface
    interface TermRule {
        @Nullable
        List<Term> infer(NodeContext in);
    }

    static final Map<String, TermRule> RULES = Map.ofEntries(
            Map.entry("Shape", TermRules::shape),
            Map.entry("Size", TermRules::size),
            Map.entry("Gather", TermRules::gather),
            Map.entry("Slice", TermRules::slice),
            Map.entry("Concat", TermRules::concat),
            Map.entry("Split", TermRules::firstPart),
            Map.entry("Identity", in -> in.terms(0)),
            Map.entry("Cast", in -> in.terms(0)),
            Map.entry("Squeeze", in -> in.terms(0)),
            Map.entry("Unsqueeze", in -> in.terms(0)),
            Map.entry("Reshape", in -> in.terms(0)),
            Map.entry("Flatten", in -> in.terms(0)),
            Map.entry("ReduceProd", TermRules::product),
            Map.entry("Add", in -> combine(in, TermRules::add)),
            Map.entry("Sub", in -> combine(in, TermRules::subtract)),
            Map.entry("Mul", in -> combine(in, TermRules::multiply)),
            Map.entry("Div", in -> combine(in, TermRules::divide)),
            Map.entry("Equal", in -> combine(in, TermRules::equal)),
            Map.entry("Where", TermRules::where));

    private TermRules() {}

    private static @Nullable List<Term> shape(NodeContext in) {
        var shape = in.shape(0);
        return shape == null
                ? null
                : GeneratorRules.selected(in, shape).stream().map(Term::of).toList();
    }

    private static @Nullable List<Term> size(NodeContext in) {
        var shape = in.shape(0);
        return shape == null ? null : List.of(Term.of(Dims.product(shape.dims())));
    }

    /** Says whether an input is a vector, whose only axis the operator works along. */
    private static boolean vector(NodeContext in, int i) {
        var shape = in.shape(i);
        return shape != null && shape.rank() == 1;
    }

    private static @Nullable List<Term> gather(NodeContext in) {
        var terms = in.terms(0);
        var indices = in.longs(1);
        if (terms == null || indices == null || !vector(in, 0)) {
            return null;
        }
        var picked = new ArrayList<Term>();
        for (long index : indices) {
            picked.add(terms.get(in.axis(index, terms.size())));
        }
        return picked;
    }

    private static @Nullable List<Term> slice(NodeContext in) {
        var terms = in.terms(0);
        var starts = in.numbers(1, "starts");
        var ends = in.numbers(2, "ends");
        var step = in.scalar(4, 1);
        if (terms == null || starts == null || ends == null || step == null || step == 0) {
            return null;
        }
        if (!vector(in, 0) || starts.size() != 1 || ends.size() != 1) {
            return null;
        }
        var range = SliceRange.of(starts.getFirst(), ends.getFirst(), step, terms.size());
        return IntStream.range(0, (int) range.count())
                .mapToObj(i -> terms.get((int) (range.start() + i * step)))
                .toList();
    }

    private static @Nullable List<Term> concat(NodeContext in) {
        var all = new ArrayList<Term>();
        for (int i = 0; i < in.inputs().size(); i++) {
            if (!vector(in, i)) {
                return null;
            }
            // A part of unknown elements and known length is fine; without its length the places of the rest are lost.
            var terms = in.integers(i, "");
            if (terms == null) {
                return null;
            }
            all.addAll(terms);
        }
        return all;
    }

    private static @Nullable List<Term> firstPart(NodeContext in) {
        var terms = in.terms(0);
        var sizes = in.numbers(1, "split");
        if (terms == null || !vector(in, 0) || sizes == null || sizes.isEmpty()) {
            return null;
        }
        long size = sizes.getFirst();
        return size < 0 || size > terms.size() ? null : terms.subList(0, (int) size);
    }

    private static @Nullable List<Term> product(NodeContext in) {
        var terms = in.terms(0);
        return terms == null || !vector(in, 0) ? null : List.of(terms.stream().reduce(Term.of(1), TermRules::multiply));
    }

    private static @Nullable List<Term> combine(NodeContext in, BinaryOperator<Term> operator) {
        var a = in.terms(0);
        var b = in.terms(1);
        if (a == null || b == null) {
            return null;
        }
        int size = size(a, b);
        return size < 0
                ? null
                : IntStream.range(0, size)
                        .mapToObj(i -> operator.apply(at(a, i), at(b, i)))
                        .toList();
    }

    /** Returns the length of the result of two vectors, one of which may have one element; -1 when they do not fit. */
    private static int size(List<Term> a, List<Term> b) {
        return a.size() == b.size() || b.size() == 1 ? a.size() : a.size() == 1 ? b.size() : -1;
    }

    private static Term at(List<Term> terms, int i) {
        return terms.get(terms.size() == 1 ? 0 : i);
    }

    private static @Nullable List<Term> where(NodeContext in) {
        var condition = in.terms(0);
        var yes = in.terms(1);
        var no = in.terms(2);
        if (condition == null || yes == null || no == null || size(yes, no) < 0) {
            return null;
        }
        int size = Math.max(condition.size(), size(yes, no));
        if ((condition.size() != 1 && condition.size() != size)
                || (size != 1 && size != size(yes, no) && size(yes, no) != 1)) {
            return null;
        }
        return IntStream.range(0, size)
                .mapToObj(i -> choose(at(condition, i), at(yes, i), at(no, i)))
                .toList();
    }

    private static Term choose(Term condition, Term yes, Term no) {
        return condition instanceof Term.Whole(long bit)
                ? (bit != 0 ? yes : no)
                : yes.equals(no) ? yes : Term.unknown();
    }

    private static Term add(Term a, Term b) {
        if (a instanceof Term.Whole(long x) && b instanceof Term.Whole(long y)) {
            return Term.of(Math.addExact(x, y));
        }
        return a.is(0) ? b : b.is(0) ? a : Term.unknown();
    }

    private static Term subtract(Term a, Term b) {
        if (a instanceof Term.Whole(long x) && b instanceof Term.Whole(long y)) {
            return Term.of(Math.subtractExact(x, y));
        }
        return b.is(0) ? a : a instanceof Term.Size && a.equals(b) ? Term.of(0) : Term.unknown();
    }

    private static Term multiply(Term a, Term b) {
        if (a instanceof Term.Whole(long x) && b instanceof Term.Whole(long y)) {
            return Term.of(Math.multiplyExact(x, y));
        }
        return a.is(1) || b.is(0) ? b : b.is(1) || a.is(0) ? a : Term.unknown();
    }

    private static Term divide(Term a, Term b) {
        if (a instanceof Term.Whole(long x) && b instanceof Term.Whole(long y) && y != 0) {
            return Term.of(x / y);
        }
        return b.is(1) ? a : Term.unknown();
    }

    /** A size equals no negative number. */
    private static Term equal(Term a, Term b) {
        if (a instanceof Term.Whole(long x) && b instanceof Term.Whole(long y)) {
            return Term.of(x == y ? 1 : 0);
        }
        if (a instanceof Term.Size && a.equals(b)) {
            return Term.of(1);
        }
        return (negative(a) && b instanceof Term.Size) || (negative(b) && a instanceof Term.Size)
                ? Term.of(0)
                : Term.unknown();
    }

    private static boolean negative(Term term) {
        return term instanceof Term.Whole(long value) && value < 0;
    }

    /** Says whether elements of a value can be dimensions: whole numbers or conditions on them, in a vector or a scalar. */
    static boolean applies(Typed value) {
        boolean whole = value.type() == DType.INT64 || value.type() == DType.INT32 || value.type() == DType.BOOL;
        return whole && value.shape() != null && value.shape().rank() <= 1;
    }

    /** Says whether the number of terms is the number of elements, as far as that is known. */
    static boolean fits(Typed value, List<Term> terms) {
        var shape = value.shape();
        if (shape == null || shape.rank() == 0) {
            return terms.size() == 1;
        }
        return shape.dim(0) instanceof Dim.Known(long size) && size == terms.size();
    }
}
