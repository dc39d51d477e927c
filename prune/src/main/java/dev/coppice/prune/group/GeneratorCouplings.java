package dev.coppice.prune.group;

import dev.coppice.ir.shape.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators whose output has axes that the input does not have. */
final class GeneratorCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "ConstantOfShape", GeneratorCouplings::constantOfShape,
            "Expand", GeneratorCouplings::expand,
            "Tile", GeneratorCouplings::tile,
            "Shape", GeneratorCouplings::sizes,
            "Size", GeneratorCouplings::sizes);

    private GeneratorCouplings() {}

    /** Sizes of other values; what is computed of them is looked after by {@link SizeUses}. */
    private static void sizes(Site site) {
        site.input(0);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        site.output(0, Coupler.opaque(shape, site.reason("counts sizes in")));
    }

    /** A value without origin: each index may go, since all are the same. */
    private static void constantOfShape(Site site) {
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        var type = site.outputType(0);
        if (type.filter(Coupler::isData).isEmpty()) {
            throw new Site.UnknownAxes("is a constant that holds no weights, made by");
        }
        var axes = new ArrayList<Axis>();
        for (int i = 0; i < shape.rank(); i++) {
            axes.add(
                    shape.dim(i) instanceof dev.coppice.ir.Dim.Known(long size)
                            ? site.placeholder(size, i)
                            : site.opaque(shape.dim(i), "is of a size computed by"));
        }
        site.output(0, axes);
        site.onCut(cut -> {
            for (int i = 0; i < axes.size(); i++) {
                cut.size(0, i, axes.get(i));
            }
        });
    }

    /** Axes of size one are repeated, others pass; what is repeated may go, copy by copy. */
    private static void expand(Site site) {
        var x = site.input(0);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        int shift = shape.rank() - x.size();
        var axes = new ArrayList<Axis>();
        for (int i = 0; i < shape.rank(); i++) {
            var own = i < shift ? null : x.get(i - shift);
            if (own != null && !own.isOne()) {
                axes.add(own);
            } else {
                axes.add(
                        shape.dim(i) instanceof dev.coppice.ir.Dim.Known(long size)
                                ? site.fresh(size)
                                : site.opaque(shape.dim(i), "is of a size computed by"));
            }
        }
        site.output(0, axes);
        var target = site.inputShape(1);
        int shorter = shape.rank()
                - target.map(s -> s.elements().isPresent() ? (int) s.elements().getAsLong() : shape.rank())
                        .orElse(shape.rank());
        site.onCut(cut -> {
            for (int i = shorter; i < axes.size(); i++) {
                cut.size(1, i - shorter, axes.get(i));
            }
        });
    }

    /** Repeats whole axes; how often is a number or, for each text or window, not known before. */
    private static void tile(Site site) {
        var x = site.input(0);
        var repeats = site.terms(1);
        if (repeats.size() != x.size()) {
            throw new Site.UnknownAxes("is repeated an unknown number of times by");
        }
        var axes = new ArrayList<Axis>();
        for (int i = 0; i < x.size(); i++) {
            axes.add(tiled(site, x.get(i), repeats.get(i)));
        }
        site.output(0, List.copyOf(axes));
        site.onCut(cut -> {
            for (int i = 0; i < axes.size(); i++) {
                if (!(repeats.get(i) instanceof Term.Whole(long times))) {
                    continue;
                }
                if (x.get(i).isOne()) {
                    cut.size(1, i, axes.get(i));
                } else if (cut.moved(1)) {
                    cut.element(1, i, times);
                }
            }
        });
    }

    private static Axis tiled(Site site, Axis axis, Term repeats) {
        if (repeats.is(1)) {
            return axis;
        }
        var factors = new ArrayList<Factor>();
        if (repeats instanceof Term.Whole(long times)) {
            if (axis.isOne()) {
                return site.fresh(times);
            }
            factors.add(new Factor.Fixed(Labels.count(times), site.reason("is a copy made by")));
        } else {
            factors.add(Coupler.open(repeats));
        }
        if (!axis.isOne()) {
            factors.addAll(axis.factors());
        }
        return new Axis(Axis.product(factors, site.labels()), axis.origins());
    }
}
