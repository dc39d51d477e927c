package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fourier transforms: every frequency is made of all samples, so that these axes stay; the others pass. */
final class SpectralCouplings {

    static final Map<String, Coupling> TABLE =
            Map.of("DFT", SpectralCouplings::transform, "STFT", SpectralCouplings::frames);

    private static final String OVER = "is transformed to frequencies by";
    private static final String PARTS = "is a real or imaginary part in";

    private SpectralCouplings() {}

    private static void transform(Site site) {
        var x = site.input(0);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        boolean attribute = site.opset() < 20;
        var input = attribute || !site.has(2) ? null : site.integers(2);
        if (!attribute && site.has(2) && (input == null || input.length != 1)) {
            throw new Site.UnknownAxes("is transformed along an axis that is computed while the model runs by");
        }
        long named = attribute ? site.node().intAttribute("axis", 1) : input == null ? -2 : input[0];
        int at = Site.axis(named, x.size());
        int last = x.size() - 1;
        site.block(x.get(at), OVER);
        site.block(x.get(last), PARTS);
        site.ignore(1);
        site.ignore(2);
        var out = new ArrayList<>(x);
        out.set(at, site.opaque(shape.dim(at), OVER));
        out.set(last, site.opaque(shape.dim(last), PARTS));
        site.output(0, out);
        site.onCut(cut -> cut.requireUnmoved(1));
    }

    /** signal [batch, length, parts], step, window [size], size -> [batch, frames, bins, 2]. */
    private static void frames(Site site) {
        var x = site.input(0);
        x.subList(1, x.size()).forEach(axis -> site.block(axis, OVER));
        if (site.has(2)) {
            site.block(site.input(2).getFirst(), OVER);
        }
        site.ignore(1);
        site.ignore(3);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        var out = new ArrayList<Axis>(List.of(x.getFirst()));
        for (int i = 1; i < shape.rank(); i++) {
            out.add(site.opaque(shape.dim(i), OVER));
        }
        site.output(0, out);
        site.onCut(cut -> {
            cut.requireUnmoved(1);
            cut.requireUnmoved(3);
        });
    }
}
