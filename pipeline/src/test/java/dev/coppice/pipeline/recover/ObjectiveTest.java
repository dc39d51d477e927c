package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.spec.DataOptions.Pooling;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.train.Loss;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ObjectiveTest {

    private static List<Loss.Weighted> imitation(String data, OptionalDouble temperature) {
        return imitation(data, temperature, OptionalDouble.empty(), List.of());
    }

    private static List<Loss.Weighted> imitation(
            String data, OptionalDouble temperature, OptionalDouble featureWeight, List<Loss.Feature> features) {
        var model = Dsl.model("""
            input x float[N,3]
            y = Relu(x)
            output y float[N,3]
            """);
        var how = new Recovery.Distillation(temperature, 0, featureWeight, Optional.empty());
        return Objective.ofTeacher(DataSpec.parse(data), Optional.empty(), model, Pooling.MEAN, how, () -> features);
    }

    @Test
    void theTemperatureIsTheOneAskedFor() {
        assertThat(imitation("digits", OptionalDouble.empty()))
                .containsExactly(new Loss.Weighted(1, new Loss.Divergence(2)));
        assertThat(imitation("digits", OptionalDouble.of(5)))
                .containsExactly(new Loss.Weighted(1, new Loss.Divergence(5)));
        assertThat(imitation("tokens:w.u16", OptionalDouble.empty()))
                .containsExactly(new Loss.Weighted(1, new Loss.Divergence(1)));
    }

    @Test
    void vectorsHaveNoTemperature() {
        assertThatThrownBy(() -> imitation("text:t.txt", OptionalDouble.of(2))).isInstanceOf(UsageException.class);
    }

    @Test
    void innerValuesCountAsAskedFor() {
        var features = List.of(Loss.Feature.whole("h"));
        var none = OptionalDouble.empty();
        assertThat(imitation("digits", none, none, features)).hasSize(1);
        assertThat(imitation("digits", none, OptionalDouble.of(4), features))
                .contains(new Loss.Weighted(4, new Loss.Features(features)));
        assertThat(imitation("text:t.txt", none, none, features))
                .contains(new Loss.Weighted(1, new Loss.Features(features)));
        assertThat(imitation("text:t.txt", none, OptionalDouble.of(0), features))
                .hasSize(3);
        assertThatThrownBy(() -> imitation("digits", none, OptionalDouble.of(4), List.of()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no inner values");
        assertThatThrownBy(() -> imitation("digits", none, OptionalDouble.of(-1), features))
                .isInstanceOf(UsageException.class);
    }

    @Test
    void aMixtureIsAWeightedMean() {
        var first = List.of(new Loss.Weighted(1, new Loss.Divergence(2)));
        var second = List.of(new Loss.Weighted(1, new Loss.CrossEntropy(0)));
        assertThat(Objective.mix(first, second, 0.25))
                .containsExactly(
                        new Loss.Weighted(0.75, new Loss.Divergence(2)),
                        new Loss.Weighted(0.25, new Loss.CrossEntropy(0)));
    }
}
