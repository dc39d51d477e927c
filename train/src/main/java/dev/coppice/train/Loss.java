package dev.coppice.train;

import java.util.List;
import java.util.Map;

/** What a step makes smaller. {@link LossFunctions} computes them. */
public sealed interface Loss {

    /** Says whether the loss compares with a teacher's outputs instead of targets. */
    default boolean needsTeacher() {
        return false;
    }

    /**
     * Cross-entropy between logits, [N,C] or [N,C,...], and classes.
     *
     * @param smoothing share of the target given to all classes alike (Szegedy et al. 2016, section 7)
     */
    record CrossEntropy(double smoothing) implements Loss {}

    /** Mean squared error between the first output and targets of its shape. */
    record MeanSquaredError() implements Loss {}

    /** One minus the cosine between rows of the first output and of the targets. */
    record CosineDistance() implements Loss {}

    /**
     * Connectionist temporal classification (Graves et al. 2006) of probabilities or logits [N,T,C] against label sequences [N,L] filled
     * up with -1.
     *
     * @param blank the class that stands for no label
     */
    record Ctc(int blank) implements Loss {}

    /** Cross-entropy of a language model's logits [N,L,V] with the token that follows each position of {@code input_ids}. */
    record NextToken() implements Loss {}

    /** Kullback-Leibler divergence from the teacher's softened classes, times temperature squared (Hinton et al. 2015, section 2). */
    record Divergence(double temperature) implements Loss {
        @Override
        public boolean needsTeacher() {
            return true;
        }
    }

    /** Mean over some values of the squared distance from the teacher's, over the teacher's variance; padding does not count. */
    record Features(List<Feature> values) implements Loss {
        public Features {
            values = List.copyOf(values);
        }

        @Override
        public boolean needsTeacher() {
            return true;
        }
    }

    /** One minus the cosine between sentence vectors, pooled from token vectors [N,L,H], of student and teacher. */
    record PooledCosine(Pooling pooling) implements Loss {
        @Override
        public boolean needsTeacher() {
            return true;
        }
    }

    /** Mean squared error between the matrices of cosines of all sentences of a batch with each other (Tung & Mori 2019). */
    record Similarity(Pooling pooling) implements Loss {
        @Override
        public boolean needsTeacher() {
            return true;
        }
    }

    /** The sum of the first output: what synaptic flow differentiates on an input of ones (Tanaka et al. 2020, equation 2). */
    record OutputSum() implements Loss {}

    /** Half the mean square of the first output, padding left out: needs no targets (Aljundi et al. 2018, section 4.1). */
    record OutputEnergy() implements Loss {}

    /**
     * An activation of both models.
     *
     * @param name of the value
     * @param kept for each axis that is shorter in the student, the teacher's indices that are left
     */
    record Feature(String name, Map<Integer, List<Integer>> kept) {
        public Feature {
            kept = Map.copyOf(kept);
        }

        /** Returns an activation that has the same shape in both models. */
        public static Feature whole(String name) {
            return new Feature(name, Map.of());
        }
    }

    /** How token vectors become a sentence's: their mean over the attention mask, or the first one. */
    enum Pooling {
        MEAN,
        CLS
    }

    /** A loss and what it counts. */
    record Weighted(double weight, Loss loss) {}
}
