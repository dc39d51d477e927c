package dev.coppice.prune.score;

import dev.coppice.ir.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** Knows the criteria: those that come with Coppice, and those that the class path adds. */
public final class Criteria {

    private static final List<Criterion> BUILT_IN = List.of(
            new RandomCriterion(),
            new L1Criterion(),
            new L2Criterion(),
            new LampCriterion(),
            new FpgmCriterion(),
            new BnScaleCriterion(),
            new WandaCriterion(),
            new ApozCriterion(),
            new ActivationMeanCriterion(),
            new ActivationNormCriterion(),
            new ActivationVarianceCriterion(),
            new TaylorCriterion(),
            new FisherCriterion(),
            new SnipCriterion(),
            new GraspCriterion(),
            new SynflowCriterion(),
            new MovementCriterion(),
            new MagnitudeUncertaintyCriterion());

    private Criteria() {}

    /** Returns the criteria that come with Coppice, in the order in which they are listed to users. */
    public static List<Criterion> all() {
        return BUILT_IN;
    }

    /** Returns the criterion of this label; throws {@link UsageException} when there is none. */
    public static Criterion named(String label) {
        return find(label)
                .orElseThrow(
                        () -> new UsageException("unknown criterion '" + label + "'", "known are " + labels(known())));
    }

    /** Throws {@link UsageException} when a criterion cannot score units of a kind. */
    public static void require(Criterion criterion, UnitKind kind) {
        criterion.refuses(kind).ifPresent(reason -> {
            var able = known().stream()
                    .filter(other -> other.refuses(kind).isEmpty())
                    .toList();
            throw new UsageException(
                    "the criterion " + criterion.label() + " cannot score " + (kind == UnitKind.WEIGHT ? "single " : "")
                            + kind.label() + "s: " + reason,
                    "criteria that can are " + labels(able));
        });
    }

    private static String labels(List<Criterion> criteria) {
        return criteria.stream().map(Criterion::label).collect(Collectors.joining(", "));
    }

    /** Finds a criterion; the class path is searched only for one that does not come with Coppice. */
    private static Optional<Criterion> find(String label) {
        for (var criterion : BUILT_IN) {
            if (criterion.label().equals(label)) {
                return Optional.of(criterion);
            }
        }
        return added().stream()
                .filter(criterion -> criterion.label().equals(label))
                .findFirst();
    }

    private static List<Criterion> known() {
        var all = new ArrayList<>(BUILT_IN);
        all.addAll(added());
        return all;
    }

    private static List<Criterion> added() {
        try {
            return ServiceLoader.load(Criterion.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw new UsageException(
                    "a criterion on the class path cannot be loaded: " + e.getMessage(),
                    "META-INF/services/" + Criterion.class.getName() + " names public classes, one a line, each with a"
                            + " public constructor without arguments",
                    e);
        }
    }
}
