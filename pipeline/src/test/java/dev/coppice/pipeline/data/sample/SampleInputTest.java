package dev.coppice.pipeline.data.sample;

import static dev.coppice.pipeline.data.DataTesting.floats;
import static dev.coppice.pipeline.data.DataTesting.input;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.Preprocess;
import dev.coppice.pipeline.data.spec.Preprocess.Layout;
import dev.coppice.runtime.ort.HostTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SampleInputTest {

    /** Three channels of 2 x 1 pixels. */
    private static Sample colour() {
        return new Sample(new float[] {1, 2, 3, 4, 5, 6}, new Sample.Extent(3, 2, 1), 0, "sample");
    }

    private static HostTensor feed(ValueInfo input, Preprocess preprocess, Sample... samples) {
        var target = SampleInput.of(List.of(input), preprocess);
        var adapted = Arrays.stream(samples).map(target::adapt).toList();
        return Objects.requireNonNull(
                target.collate(adapted, HostTensor::allocate).get("x"));
    }

    private static HostTensor feed(ValueInfo input, Sample... samples) {
        return feed(input, Preprocess.none(), samples);
    }

    @Test
    void channelsStandFirstWhereTheModelHasThemFirst() {
        assertThat(feed(floats(-1, 3, 2, 1), colour()).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void channelsStandLastWhereTheModelHasThemLast() {
        var tensor = feed(floats(-1, 2, 1, 3), colour());
        assertThat(tensor.dims()).containsExactly(1L, 2L, 1L, 3L);
        assertThat(tensor.toFloats()).containsExactly(1, 3, 5, 2, 4, 6);
    }

    @Test
    void theLayoutOptionSettlesWhatSizesLeaveOpen() {
        var open = floats(-1, -1, -1, -1);
        assertThat(feed(open, colour()).dims()).containsExactly(1L, 3L, 2L, 1L);
        assertThat(feed(open, Preprocess.none().withLayout(Layout.NHWC), colour())
                        .dims())
                .containsExactly(1L, 2L, 1L, 3L);
    }

    @Test
    void imagesAreFlattenedForModelsOfVectors() {
        assertThat(feed(floats(-1, 6), colour(), colour()).dims()).containsExactly(2L, 6L);
        assertThatThrownBy(() -> feed(floats(-1, 7), colour()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("wants 7 values");
    }

    @Test
    void meanAndDeviationApplyPerChannel() {
        var steps = Preprocess.none().withMeanStd(List.of(1.0, 3.0, 5.0), List.of(2.0, 4.0, .5));
        assertThat(feed(floats(-1, 3, 2, 1), steps, colour()).toFloats())
                .containsExactly(new float[] {0, .5f, 0, .25f, 0, 2}, within(1e-6f));
        var single = Preprocess.none().withMeanStd(List.of(1.0), List.of());
        assertThat(feed(floats(-1, 3, 2, 1), single, colour()).toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void asManyMeansAsChannelsAreNeeded() {
        var steps = Preprocess.none().withMeanStd(List.of(1.0, 2.0), List.of());
        assertThatThrownBy(() -> feed(floats(-1, 3, 2, 1), steps, colour()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("3 channels");
    }

    @Test
    void halfPrecisionInputsAreFed() {
        var tensor = feed(input("x", DType.FLOAT16, -1, 6), colour());
        assertThat(tensor.type()).isEqualTo(DType.FLOAT16);
        assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void otherInputsAreRefused() {
        assertRefused("2 inputs", floats(-1, 6), input("z", DType.FLOAT, 1));
        assertRefused("is INT64", input("x", DType.INT64, -1, 6));
        assertRefused("has the shape [2]", floats(2));
    }

    private static void assertRefused(String message, ValueInfo... inputs) {
        assertThatThrownBy(() -> SampleInput.of(List.of(inputs), Preprocess.none()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message);
    }
}
