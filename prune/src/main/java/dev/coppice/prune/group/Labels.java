package dev.coppice.prune.group;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The indices of all axes as terms: two positions with the same label are removed together. A label is a variable, or a pair of
 * labels: position {@code (h, d)} of an axis of {@code heads x size} is the pair of head {@code h} and element {@code d}, and goes when
 * either goes. {@link #unify} makes two labels one, as in first-order unification (Robinson 1965): classes are kept by union-find,
 * pairs are unified part by part. Where pairs do not match, all parts become one label, which is coarser but never wrong.
 */
final class Labels {

    /** Why an operator is not looked at once there are too many labels. */
    static final String FULL = "meets axes of more indices than can be followed in";

    private static final int FIRST = 1 << 10;

    /** How many indices of all axes together are followed beside those of stored elements: a hundred megabytes at most. */
    private static final long ROOM = 1 << 21;

    /** An array cannot be much larger. */
    private static final long MOST = Integer.MAX_VALUE / 2;

    private int[] parent = new int[FIRST];
    private long[] pair = new long[FIRST];
    private int size;
    private final BitSet normalised = new BitSet();
    private final BitSet head = new BitSet();
    private final BitSet ignored = new BitSet();
    private @Nullable Reason[] blocked = new Reason[FIRST];
    private long room;

    Labels() {
        this(0);
    }

    /** Begins without any; there is room for those of {@code stored} elements and some millions more. */
    Labels(long stored) {
        Arrays.fill(pair, -1);
        room = Math.min(MOST, ROOM + Math.min(stored, MOST));
    }

    /** Says that axes have more indices than can be followed: numbers in a file, not weights, ask for that many. */
    static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FullException() {
            super("axes of too many indices", null, false, false);
        }
    }

    /** Returns the number of indices of an axis as Java counts them; throws {@link FullException} when that is too large. */
    static int count(long size) {
        if (size > MOST) {
            throw new FullException();
        }
        return (int) size;
    }

    boolean hasRoom(long count) {
        return count <= room;
    }

    /** Makes an array for the labels of an axis; throws {@link FullException} when axes have become too long. */
    int[] array(long count) {
        if (!hasRoom(count)) {
            throw new FullException();
        }
        room -= count;
        return new int[Math.toIntExact(count)];
    }

    /** Makes {@code count} new variables and returns them. */
    int[] fresh(long count) {
        var labels = array(count);
        while (size + labels.length > parent.length) {
            int old = parent.length;
            parent = Arrays.copyOf(parent, 2 * old);
            pair = Arrays.copyOf(pair, 2 * old);
            blocked = Arrays.copyOf(blocked, 2 * old);
            Arrays.fill(pair, old, 2 * old, -1);
        }
        for (int i = 0; i < labels.length; i++) {
            labels[i] = size;
            parent[size] = size;
            size++;
        }
        return labels;
    }

    /** Makes a label of a position that must stay. */
    int fixed(Reason reason) {
        int label = fresh(1)[0];
        blocked[label] = reason;
        return label;
    }

    int pair(int outer, int inner) {
        int label = fresh(1)[0];
        pair[label] = (long) find(outer) << 32 | find(inner);
        return label;
    }

    int find(int label) {
        int root = label;
        while (parent[root] != root) {
            root = parent[root];
        }
        int at = label;
        while (parent[at] != root) {
            int next = parent[at];
            parent[at] = root;
            at = next;
        }
        return root;
    }

    boolean isPair(int label) {
        return pair[find(label)] >= 0;
    }

    private int outer(int root) {
        return find((int) (pair[root] >>> 32));
    }

    private int inner(int root) {
        return find((int) pair[root]);
    }

    /** Makes two labels one. */
    void unify(int first, int second) {
        int a = find(first);
        int b = find(second);
        if (a == b) {
            return;
        }
        if (pair[a] < 0 && pair[b] >= 0) {
            int swap = a;
            a = b;
            b = swap;
        }
        if ((pair[a] >= 0 && occurs(b, a)) || (pair[b] >= 0 && occurs(a, b))) {
            collapse(a, b);
            return;
        }
        long other = pair[b];
        link(a, b);
        if (other >= 0) {
            unifyParts(a, (int) (other >>> 32), (int) other);
        }
    }

    /** Makes the parts of the pair {@code root} those of another one. */
    private void unifyParts(int root, int outer, int inner) {
        int[] mine = leaves(root);
        int[] others = concat(leaves(outer), leaves(inner));
        if (mine.length == others.length) {
            for (int i = 0; i < mine.length; i++) {
                unify(mine[i], others[i]);
            }
            return;
        }
        int myOuter = outer(root);
        int myInner = inner(root);
        unify(myOuter, outer);
        // The first may have collapsed what the second was.
        if (pair[find(root)] >= 0) {
            unify(myInner, inner);
        } else {
            unify(root, inner);
        }
    }

    /** Makes two labels and all their parts one variable. */
    private void collapse(int a, int b) {
        int[] all = concat(leaves(a), leaves(b));
        pair[a] = -1;
        pair[b] = -1;
        link(a, b);
        for (int leaf : all) {
            unify(a, leaf);
        }
    }

    private void link(int root, int other) {
        parent[other] = root;
        pair[other] = -1;
        if (normalised.get(other)) {
            normalise(root);
        }
        if (head.get(other)) {
            head(root);
        }
        var reason = blocked[other];
        if (reason != null) {
            block(root, reason);
        }
        // What was known of the root holds for parts that it has only now.
        if (pair[root] >= 0) {
            spread(root);
        }
    }

    private void spread(int root) {
        var reason = blocked[root];
        if (reason != null) {
            block(outer(root), reason);
            block(inner(root), reason);
        }
        if (normalised.get(root)) {
            normalise(outer(root));
            normalise(inner(root));
        }
        if (head.get(root)) {
            head(outer(root));
            head(inner(root));
        }
    }

    private boolean occurs(int variable, int root) {
        if (variable == root) {
            return true;
        }
        return pair[root] >= 0 && (occurs(variable, outer(root)) || occurs(variable, inner(root)));
    }

    /** Returns the variables of which a label is made: itself, or those of its parts, the outermost first. */
    int[] leaves(int label) {
        int root = find(label);
        return pair[root] < 0 ? new int[] {root} : concat(leaves(outer(root)), leaves(inner(root)));
    }

    private static int[] concat(int[] first, int[] second) {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Says that a label, and all its parts, must stay. The first reason is kept. */
    void block(int label, Reason reason) {
        int root = find(label);
        if (blocked[root] == null) {
            blocked[root] = reason;
        }
        if (pair[root] >= 0) {
            block(outer(root), reason);
            block(inner(root), reason);
        }
    }

    /** Says that values are normalised over a label's axis: without it the others change. */
    void normalise(int label) {
        int root = find(label);
        normalised.set(root);
        if (pair[root] >= 0) {
            normalise(outer(root));
            normalise(inner(root));
        }
    }

    /** Says that a label counts products of activations computed side by side, as attention heads are. */
    void head(int label) {
        int root = find(label);
        head.set(root);
        if (pair[root] >= 0) {
            head(outer(root));
            head(inner(root));
        }
    }

    /** Says that a blocked variable is not worth mentioning. */
    void ignore(int label) {
        ignored.set(find(label));
    }

    boolean isIgnored(int label) {
        return ignored.get(find(label));
    }

    /** Returns what blocks a label; null when nothing does. */
    @Nullable
    Reason reason(int label) {
        return blocked[find(label)];
    }

    /** Returns what blocks a label or one of its parts; null when nothing does. */
    boolean isNormalised(int label) {
        return normalised.get(find(label));
    }

    boolean isHead(int label) {
        return head.get(find(label));
    }

    int size() {
        return size;
    }
}
