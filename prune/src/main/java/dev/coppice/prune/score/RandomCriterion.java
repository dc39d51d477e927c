package dev.coppice.prune.score;

/** Chance, the baseline that every other criterion has to beat. */
public record RandomCriterion() implements Criterion {

    @Override
    public String label() {
        return "random";
    }

    @Override
    public String paper() {
        return "";
    }

    @Override
    public boolean judgesWhole(UnitKind kind) {
        return kind.isStructure();
    }

    @Override
    public double score(Unit unit) {
        return unit.chance();
    }
}
