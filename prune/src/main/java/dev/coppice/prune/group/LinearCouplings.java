package dev.coppice.prune.group;

import dev.coppice.ir.shape.EinsumTerms;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Products of matrices. */
final class LinearCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "Gemm", LinearCouplings::gemm,
            "com.microsoft::FusedGemm", LinearCouplings::gemm,
            "MatMul", LinearCouplings::matMul,
            "com.microsoft::FusedMatMul", LinearCouplings::matMul,
            "Einsum", LinearCouplings::einsum);

    private LinearCouplings() {}

    /** A' [M,K] B' [K,N] + C, broadcast to [M,N]. */
    private static void gemm(Site site) {
        boolean transA = site.node().intAttribute("transA", 0) != 0;
        boolean transB = site.node().intAttribute("transB", 0) != 0;
        var a = site.input(0);
        var b = site.input(1);
        if (a.size() != 2 || b.size() != 2) {
            throw new Site.UnknownAxes("has a rank other than 2 in");
        }
        site.contract(0, transA ? 0 : 1, 1, transB ? 1 : 0);
        var product = List.of(a.get(transA ? 1 : 0), b.get(transB ? 0 : 1));
        site.output(0, site.has(2) ? ElementwiseCouplings.broadcast(site, List.of(product, site.input(2))) : product);
    }

    /** A [...,M,K] B [...,K,N]; vectors stand for one row or column. A fused product may transpose either. */
    private static void matMul(Site site) {
        var node = site.node();
        if (node.intAttribute("transBatchA", 0) != 0 || node.intAttribute("transBatchB", 0) != 0) {
            throw new Site.UnknownAxes("is multiplied with its batch axes transposed by");
        }
        var a = site.input(0);
        var b = site.input(1);
        if (a.isEmpty() || b.isEmpty()) {
            throw new Site.UnknownAxes("is a scalar in");
        }
        boolean transA = node.intAttribute("transA", 0) != 0 && a.size() > 1;
        boolean transB = node.intAttribute("transB", 0) != 0 && b.size() > 1;
        site.contract(0, transA ? a.size() - 2 : a.size() - 1, 1, transB ? b.size() - 1 : Math.max(0, b.size() - 2));
        var product = new ArrayList<Axis>();
        if (a.size() > 2 || b.size() > 2) {
            var left = a.subList(0, Math.max(0, a.size() - 2));
            var right = b.subList(0, Math.max(0, b.size() - 2));
            product.addAll(ElementwiseCouplings.broadcast(site, List.of(left, right)));
            if (!site.isConstant(0) && !site.isConstant(1)) {
                sideBySide(site, left, right);
            }
        }
        if (a.size() > 1) {
            product.add(a.get(transA ? a.size() - 1 : a.size() - 2));
        }
        if (b.size() > 1) {
            product.add(b.get(transB ? b.size() - 2 : b.size() - 1));
        }
        site.output(0, product);
    }

    /** Two activations multiplied for each index of a batch axis: the heads of attention, also where one operand serves several. */
    private static void sideBySide(Site site, List<Axis> left, List<Axis> right) {
        left.forEach(site::head);
        right.forEach(site::head);
    }

    /** Equal letters are one axis; what is not in the output is added up. */
    private static void einsum(Site site) {
        var ranks = new ArrayList<Integer>();
        for (int i = 0; i < site.node().inputs().size(); i++) {
            ranks.add(site.input(i).size());
        }
        var equation = EinsumTerms.of(site.node().stringAttribute("equation", ""), ranks)
                .orElseThrow(() -> new Site.UnknownAxes("has an equation that does not fit its operands in"));
        var terms = equation.operands().toArray(String[]::new);
        var result = equation.output();
        var axes = new LinkedHashMap<Character, Axis>();
        for (int i = 0; i < terms.length; i++) {
            var own = site.input(i);
            for (int j = 0; j < own.size(); j++) {
                var axis = own.get(j);
                var known = axes.get(terms[i].charAt(j));
                axes.put(terms[i].charAt(j), known == null ? axis : site.same(known, axis));
            }
        }
        for (char letter : axes.keySet()) {
            einsum(site, terms, letter, result.indexOf(letter) >= 0);
        }
        site.output(
                0,
                result.chars()
                        .mapToObj(letter -> {
                            var axis = axes.get((char) letter);
                            if (axis == null) {
                                throw new Site.UnknownAxes("is named in the output only of");
                            }
                            return axis;
                        })
                        .toList());
    }

    private static void einsum(Site site, String[] terms, char letter, boolean kept) {
        var users = new ArrayList<Integer>();
        for (int i = 0; i < terms.length; i++) {
            if (terms[i].indexOf(letter) != terms[i].lastIndexOf(letter)) {
                throw new Site.UnknownAxes("is a diagonal in"); // a diagonal
            }
            if (terms[i].indexOf(letter) >= 0) {
                users.add(i);
            }
        }
        int first = users.getFirst();
        int at = terms[first].indexOf(letter);
        if (users.size() == 2 && !kept) {
            site.contract(first, at, users.get(1), terms[users.get(1)].indexOf(letter));
        } else if (users.size() == 1 && !kept) {
            site.normalise(site.input(first).get(at));
        } else if (users.size() > 2 && !kept) {
            site.block(site.input(first).get(at), "is added up over several factors in");
        } else if (users.size() > 1 && users.stream().noneMatch(site::isConstant)) {
            site.head(site.input(first).get(at));
        }
    }
}
