package dev.coppice.prune.score;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.prune.pattern.Pattern;

/** A rule bound to one weight matrix: fills units with weights and evidence, and has them scored. Thread-safe; its units are not. */
public final class Scorer {

    private final String layer;
    private final Rule rule;
    private final Evidence[] kinds;
    private final Values[] values;

    /**
     * Binds a rule.
     *
     * @throws IllegalArgumentException when the rule's findings lack what the criterion needs about this layer
     */
    public Scorer(String layer, WeightMatrix matrix, Pattern pattern, Rule rule) {
        this.layer = layer;
        this.rule = rule;
        this.kinds = rule.criterion().needs().toArray(new Evidence[0]);
        this.values = new Values[kinds.length];
        for (int i = 0; i < kinds.length; i++) {
            values[i] = kinds[i] == Evidence.DISTANCE
                    ? new Values.Rows(Distances.of(matrix, pattern instanceof Pattern.Column))
                    : rule.findings().of(kinds[i], layer);
        }
    }

    /** Returns memory for units, for one thread. */
    public Unit unit() {
        return new Unit(layer, rule.seed(), new double[1]);
    }

    /** Scores a single weight. */
    public double score(Unit unit, double weight, int row, int column, long element) {
        unit.room(1)[0] = weight;
        for (int i = 0; i < kinds.length; i++) {
            unit.room(kinds[i], 1)[0] = values[i].at(row, column, element);
        }
        unit.become(element, 1);
        return judge(unit, rule.criterion());
    }

    /** Returns the kinds of evidence that units are to be filled with. */
    Evidence[] kinds() {
        return kinds;
    }

    /** Returns the numbers of the kind that stands at {@code i}. */
    Values values(int i) {
        return values[i];
    }

    double judge(Unit unit) {
        return judge(unit, rule.criterion());
    }

    /**
     * Scores a unit as a criterion says; a unit of zeros scores lowest, one with weights that are no numbers NaN.
     *
     * @throws UsageException when the criterion gives a negative score without having said so
     */
    static double judge(Unit unit, Criterion criterion) {
        boolean zero = true;
        double finite = 0;
        for (int i = 0; i < unit.size(); i++) {
            zero &= unit.weight(i) == 0;
            finite += unit.weight(i) * 0;
        }
        if (finite != 0) { // NaN
            return Double.NaN;
        }
        if (zero && unit.size() > 0) {
            return criterion.isSigned() ? -Double.MAX_VALUE : 0;
        }
        double score = criterion.score(unit);
        if (score < 0 && !criterion.isSigned()) {
            throw new UsageException(
                    "the criterion " + criterion.label() + " scores a unit of " + unit.layer() + " " + score,
                    "a criterion whose scores may be negative says so by isSigned()");
        }
        return score;
    }
}
