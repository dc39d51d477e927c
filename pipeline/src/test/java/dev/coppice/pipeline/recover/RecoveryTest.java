package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecoveryTest {

    private static Recipe recipe(Object... pairs) {
        var settings = new LinkedHashMap<String, Object>(
                Map.of("model", "m.onnx", "output", "o.onnx", "data", "digits", "sparsity", 0.5));
        for (int i = 0; i < pairs.length; i += 2) {
            settings.put(pairs[i].toString(), pairs[i + 1]);
        }
        return Recipe.of(new Settings("", settings));
    }

    @Test
    void regrowingNeedsStepsOfSingleWeights() {
        assertThatThrownBy(() -> recipe("fine-tune", 1, "regrow", 0.3))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("single step");
        assertThatThrownBy(() -> recipe("fine-tune", 1, "steps", 2, "granularity", "channel", "regrow", 0.3))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("channel");
    }

    @Test
    void onlyOutputsThatComeAgainAreKept() {
        assertThatThrownBy(() -> recipe("fine-tune", 1, "cache-teacher", "c")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> recipe("distill", 1, "cache-teacher", "c", "augment", "flip"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("augment");
    }

    @Test
    void mixedImagesHaveNoLabels() {
        assertThatThrownBy(() -> recipe("fine-tune", 1, "augment", "mixup"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no label");
        assertThatThrownBy(() -> recipe("distill", 1, "label-weight", 0.1, "augment", "flip,mixup"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no label");
        assertThat(recipe("distill", 1, "augment", "mixup")).isNotNull();
    }
}
