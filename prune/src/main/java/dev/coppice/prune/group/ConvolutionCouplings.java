package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Convolutions and what else works on each channel's picture: pooling, resizing, folding space into channels. */
final class ConvolutionCouplings {

    static final Map<String, Coupling> TABLE = Map.ofEntries(
            Map.entry("Conv", ConvolutionCouplings::conv),
            Map.entry("com.microsoft::FusedConv", ConvolutionCouplings::conv),
            Map.entry("DeformConv", ConvolutionCouplings::deformed),
            Map.entry("ConvTranspose", ConvolutionCouplings::convTranspose),
            Map.entry("MaxPool", ConvolutionCouplings::spatial),
            Map.entry("AveragePool", ConvolutionCouplings::spatial),
            Map.entry("LpPool", ConvolutionCouplings::spatial),
            Map.entry("GlobalAveragePool", ConvolutionCouplings::spatial),
            Map.entry("GlobalMaxPool", ConvolutionCouplings::spatial),
            Map.entry("GlobalLpPool", ConvolutionCouplings::spatial),
            Map.entry("Resize", site -> resize(site, site.opset() > 10 ? 3 : -1)),
            Map.entry("Upsample", site -> resize(site, -1)),
            Map.entry("GridSample", ConvolutionCouplings::gridSample),
            Map.entry("MaxUnpool", ConvolutionCouplings::unpool),
            Map.entry("RoiAlign", ConvolutionCouplings::regions),
            Map.entry("MaxRoiPool", ConvolutionCouplings::regions),
            Map.entry("Col2Im", ConvolutionCouplings::columns),
            Map.entry("DepthToSpace", ConvolutionCouplings::depthToSpace),
            Map.entry("SpaceToDepth", ConvolutionCouplings::spaceToDepth));

    private static final String OVER = "is worked on as space by";

    private ConvolutionCouplings() {}

    /** x [N,C,...], w [M,C/g,...], b [M], what is added before a fused activation [N,M,...] -> [N,M,...]. */
    private static void conv(Site site) {
        var x = site.input(0);
        var w = site.input(1);
        requireSpace(x, w.size());
        int groups = groups(site);
        if (groups == 1) {
            site.contract(0, 1, 1, 1);
        } else {
            var channels = groups(site, x.get(1), groups);
            var filters = groups(site, w.getFirst(), groups);
            site.contract(0, 1, Axis.of(channels.getLast()), 1, 1, groups);
            alongGroups(site, channels.getFirst(), filters.getFirst());
        }
        space(site, x);
        w.subList(2, w.size()).forEach(site::extent);
        var out = site.has(2) ? site.same(w.getFirst(), site.input(2).getFirst()) : w.getFirst();
        if (site.has(3)) {
            out = site.same(out, site.input(3).get(1));
            space(site, site.input(3));
        }
        site.output(0, channels(site, x.getFirst(), out));
    }

    /**
     * x [N,C,H,W], w [M,C/g,kh,kw], offsets of the places that are read [N,o*2*kh*kw,..], b [M], mask [N,o*kh*kw,..]: each of o parts of
     * the channels is read at places of its own, and may go with them.
     */
    private static void deformed(Site site) {
        var x = site.input(0);
        var w = site.input(1);
        requireSpace(x, w.size());
        int groups = groups(site);
        int parts = (int) site.node().intAttribute("offset_group", 1);
        if (groups > 1 && parts > 1 && groups != parts) {
            throw new Site.UnknownAxes("has convolution groups that are not its offset groups in");
        }
        var channels = groups > 1 || parts > 1 ? groups(site, x.get(1), Math.max(groups, parts)) : List.<Factor>of();
        if (groups == 1) {
            site.contract(0, 1, 1, 1);
        } else {
            site.contract(0, 1, Axis.of(channels.getLast()), 1, 1, groups);
            alongGroups(
                    site,
                    channels.getFirst(),
                    groups(site, w.getFirst(), groups).getFirst());
        }
        space(site, x);
        w.subList(2, w.size()).forEach(site::extent);
        var counted = parts == 1 ? site.fixed(1, "is the only one in") : Axis.of(channels.getFirst());
        places(site, x, 2, 2, counted);
        places(site, x, 4, 1, counted);
        if (counted.isLive()) {
            site.onCut(cut -> cut.attribute("offset_group", cut.kept(counted)));
        }
        var out = site.has(3) ? site.same(w.getFirst(), site.input(3).getFirst()) : w.getFirst();
        site.output(0, channels(site, x.getFirst(), out));
    }

    /** Offsets or a mask: {@code each} channels for each place of the kernel, for each part of the picture's channels. */
    private static void places(Site site, List<Axis> x, int input, int each, Axis parts) {
        if (!site.has(input)) {
            return;
        }
        var axes = site.input(input);
        requireSpace(axes, x.size());
        site.same(x.getFirst(), axes.getFirst());
        space(site, axes);
        if (!parts.isLive() || !axes.get(1).isStatic() || axes.get(1).length() % (each * parts.length()) != 0) {
            site.block(axes.get(1), OVER);
            site.block(parts, "has an unknown number of offsets in");
            return;
        }
        var factors = List.of(
                parts.factors().getFirst(),
                new Factor.Fixed(
                        axes.get(1).length() / parts.length(), site.reason("is an offset or weight of a place in")));
        site.same(axes.get(1), new Axis(Axis.product(factors, site.labels()), java.util.Set.of()));
    }

    /** Columns [N,C*kh*kw,L] become pictures [N,C,...]: all places of a channel's kernel go together. */
    private static void columns(Site site) {
        var x = site.input(0);
        var kernel = site.integers(2);
        if (x.size() != 3 || kernel == null || !x.get(1).isStatic()) {
            throw new Site.UnknownAxes("has columns of unknown size in");
        }
        int places = Math.toIntExact(java.util.Arrays.stream(kernel).reduce(1, (a, b) -> a * b));
        if (places < 1 || x.get(1).length() % places != 0) {
            throw new Site.UnknownAxes("has columns of unknown size in");
        }
        site.block(x.get(2), OVER);
        var parts = places == 1 || places == x.get(1).length()
                ? List.of(x.get(1).factors().getFirst())
                : Axis.split(x.get(1).factors().getFirst(), places, site.labels());
        boolean single = places == x.get(1).length();
        if (single || places > 1) {
            site.block(Axis.of(parts.getLast()), OVER);
        }
        site.ignore(1);
        site.output(0, channels(site, x.getFirst(), single ? site.fixed(1, OVER) : Axis.of(parts.getFirst())));
    }

    /** x [N,C,...], w [C,M/g,...], b [M] -> [N,M,...]. */
    private static void convTranspose(Site site) {
        var x = site.input(0);
        var w = site.input(1);
        requireSpace(x, w.size());
        int groups = groups(site);
        Axis out;
        if (groups == 1) {
            site.contract(0, 1, 1, 0);
            out = w.get(1);
        } else {
            site.contract(0, 1, x.get(1), 1, 0, 1);
            var channels = groups(site, x.get(1), groups);
            alongGroups(site, channels.getFirst(), channels.getFirst());
            var both = new ArrayList<Factor>();
            both.add(channels.getFirst());
            both.addAll(w.get(1).factors());
            out = new Axis(Axis.product(both, site.labels()), java.util.Set.of());
        }
        space(site, x);
        w.subList(2, w.size()).forEach(site::extent);
        if (site.has(2)) {
            out = site.same(out, site.input(2).getFirst());
        }
        site.output(0, channels(site, x.getFirst(), out));
    }

    private static void requireSpace(List<Axis> x, int rank) {
        if (x.size() < 3 || x.size() != rank) {
            throw new Site.UnknownAxes("has a rank other than that of the kernel in");
        }
    }

    private static int groups(Site site) {
        return (int) site.node().intAttribute("group", 1);
    }

    /** Returns the two factors of an axis of channels: the groups, and the channels of each. */
    private static List<Factor> groups(Site site, Axis axis, int groups) {
        if (!axis.isStatic() || axis.length() % groups != 0) {
            site.block(axis, "has an unknown number of channels in");
            throw new Site.UnknownAxes("has an unknown number of channels in");
        }
        int each = axis.length() / groups;
        var all = axis.factors().getFirst();
        return each == 1
                ? List.of(all, new Factor.Fixed(1, site.reason("is the only one of its group in")))
                : Axis.split(all, each, site.labels());
    }

    private static void alongGroups(Site site, Factor ofInput, Factor ofOutput) {
        var axis = site.same(Axis.of(ofInput), Axis.of(ofOutput));
        if (axis.isLive()) {
            site.onCut(cut -> cut.attribute("group", cut.kept(axis)));
        }
    }

    private static void space(Site site, List<Axis> axes) {
        axes.subList(2, axes.size()).forEach(axis -> site.block(axis, OVER));
    }

    /** Returns the axes of an output of other channels, and of whatever size in space. */
    private static List<Axis> channels(Site site, Axis batch, Axis channels) {
        var axes = new ArrayList<Axis>();
        axes.add(batch);
        axes.add(channels);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        for (int i = 2; i < shape.rank(); i++) {
            axes.add(site.opaque(shape.dim(i), OVER));
        }
        return axes;
    }

    private static void spatial(Site site) {
        var x = site.input(0);
        requireSpace(x, x.size());
        space(site, x);
        var out = channels(site, x.getFirst(), x.get(1));
        site.output(0, out);
        site.output(1, out);
    }

    /** Places are numbered by the pooling within the whole of its input, so that they follow a cut by themselves. */
    private static void unpool(Site site) {
        var x = site.input(0);
        var places = site.input(1);
        requireSpace(x, places.size());
        space(site, x);
        space(site, places);
        var out = channels(site, site.same(x.getFirst(), places.getFirst()), site.same(x.get(1), places.get(1)));
        site.output(0, out);
        if (site.has(2)) {
            site.onCut(cut -> cut.size(2, 1, out.get(1)));
        }
    }

    /** x [N,C,H,W] at regions [R,4] of the pictures [R] -> [R,C,h,w]. */
    private static void regions(Site site) {
        var x = site.input(0);
        site.block(x.getFirst(), "is read at places that the data decides by");
        site.parameter(1);
        site.parameter(2);
        space(site, x);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        site.output(0, channels(site, site.opaque(shape.dim(0), "comes from"), x.get(1)));
    }

    /** x [N,C,...], places that are read [N,...,2] -> [N,C,...]; heads are counted with N in deformable attention. */
    private static void gridSample(Site site) {
        site.same(site.input(0).getFirst(), site.input(1).getFirst());
        site.input(1).subList(1, site.input(1).size()).forEach(axis -> site.block(axis, OVER));
        spatial(site);
    }

    /** Resizes some axes; those whose size stays pass. {@code sizes} is the input that lists target sizes. */
    private static void resize(Site site, int sizes) {
        var x = site.input(0);
        var before = site.inputShape(0).orElseThrow(Site.UnknownAxes::new);
        var after = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        var axes = new ArrayList<Axis>();
        for (int i = 0; i < x.size(); i++) {
            boolean stays = x.get(i).isLive() && before.dim(i).equals(after.dim(i));
            if (!stays) {
                site.block(x.get(i), OVER);
            }
            axes.add(i == 0 || stays ? x.get(i) : site.opaque(after.dim(i), OVER));
        }
        site.output(0, axes);
        site.parameter(1); // regions and factors count axes, not indices
        site.parameter(2);
        if (sizes > 0 && site.has(sizes) && x.stream().anyMatch(Axis::isLive)) {
            var named = site.node().intsAttribute("axes");
            site.onCut(cut -> {
                for (int i = 0; i < x.size(); i++) {
                    int at = named.isPresent() ? position(named.get(), i, x.size()) : i;
                    if (at >= 0 && axes.get(i).isLive()) {
                        cut.size(sizes, at, axes.get(i));
                    }
                }
            });
        }
    }

    private static int position(List<Long> axes, int axis, int rank) {
        for (int i = 0; i < axes.size(); i++) {
            if (Site.axis(axes.get(i), rank) == axis) {
                return i;
            }
        }
        return -1;
    }

    /** Channels [b*b*C] (DCR) or [C*b*b] (CRD) become C: all parts of a channel go together. */
    private static void depthToSpace(Site site) {
        var x = site.input(0);
        int block = (int) site.node().intAttribute("blocksize", 1);
        boolean outermost = site.node().stringAttribute("mode", "DCR").equals("DCR");
        if (x.size() != 4 || !x.get(1).isStatic() || block < 1 || x.get(1).length() % (block * block) != 0) {
            throw new Site.UnknownAxes("has an unknown number of channels, or one that blocks do not divide, in");
        }
        int channels = x.get(1).length() / (block * block);
        space(site, x);
        if (block == 1) {
            site.output(0, channels(site, x.getFirst(), x.get(1)));
            return;
        }
        var parts = channels == 1
                ? List.of(x.get(1).factors().getFirst())
                : Axis.split(x.get(1).factors().getFirst(), outermost ? channels : block * block, site.labels());
        var space = Axis.of(channels == 1 || outermost ? parts.getFirst() : parts.getLast());
        site.block(space, OVER);
        site.output(
                0,
                channels(
                        site,
                        x.getFirst(),
                        channels == 1 ? site.fixed(1, OVER) : Axis.of(outermost ? parts.getLast() : parts.getFirst())));
    }

    /** Channels [C] become [b*b*C]. */
    private static void spaceToDepth(Site site) {
        var x = site.input(0);
        int block = (int) site.node().intAttribute("blocksize", 1);
        if (x.size() != 4 || !x.get(1).isStatic()) {
            throw new Site.UnknownAxes("has an unknown number of channels in");
        }
        space(site, x);
        var factors = List.of(
                new Factor.Fixed(block * block, site.reason(OVER)),
                x.get(1).factors().getFirst());
        site.output(
                0, channels(site, x.getFirst(), new Axis(Axis.product(factors, site.labels()), java.util.Set.of())));
    }
}
