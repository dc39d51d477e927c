package dev.coppice.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.sample.Sample;
import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationTest {

    private static final int CHANNELS = 2;
    private static final int HEIGHT = 3;
    private static final int WIDTH = 5;

    /** Numbers its pixels from 1, so that zero is padding. */
    private static Sample image() {
        var values = new float[CHANNELS * HEIGHT * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i + 1) / 255f;
        }
        return new Sample(values, new Sample.Extent(CHANNELS, HEIGHT, WIDTH), 4, "image");
    }

    /** Follows the paper's words: mirror, pad by {@code pad} zeros on each side, cut a window out. */
    private static float[] reference(float[] image, boolean mirrored, int pad, int top, int left) {
        int wide = WIDTH + 2 * pad;
        int tall = HEIGHT + 2 * pad;
        var padded = new float[CHANNELS][tall][wide];
        for (int c = 0; c < CHANNELS; c++) {
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    int from = mirrored ? WIDTH - 1 - x : x;
                    padded[c][y + pad][x + pad] = image[(c * HEIGHT + y) * WIDTH + from];
                }
            }
        }
        var cut = new float[image.length];
        for (int c = 0; c < CHANNELS; c++) {
            for (int y = 0; y < HEIGHT; y++) {
                System.arraycopy(padded[c][y + top], left, cut, (c * HEIGHT + y) * WIDTH, WIDTH);
            }
        }
        return cut;
    }

    @Test
    void everyMoveEqualsTheScalarReference() {
        for (int pad : new int[] {0, 1, 4, 7}) {
            for (int top = 0; top <= 2 * pad; top++) {
                for (int left = 0; left <= 2 * pad; left++) {
                    for (boolean mirrored : new boolean[] {false, true}) {
                        var moved = Augmentation.move(image(), mirrored, top - pad, left - pad);
                        assertThat(moved.values())
                                .as("pad %d top %d left %d mirrored %s", pad, top, left, mirrored)
                                .isEqualTo(reference(image().values(), mirrored, pad, top, left));
                        var bytes = Augmentation.move(image().toPixels(), mirrored, top - pad, left - pad);
                        assertThat(bytes.values())
                                .isEqualTo(reference(image().toPixels().values(), mirrored, pad, top, left));
                    }
                }
            }
        }
    }

    @Test
    void everyWindowAndBothSidesAreDrawn() {
        var augmentation = new Augmentation(true, 1);
        var seen = new HashSet<String>();
        for (int key = 0; key < 1000; key++) {
            seen.add(Arrays.toString(augmentation.apply(image(), Draws.of(key)).values()));
        }
        assertThat(seen).hasSize(2 * 3 * 3);
    }

    @Test
    void theLabelStays() {
        assertThat(new Augmentation(true, 2).apply(image(), Draws.of(1)).label())
                .isEqualTo(4);
    }

    @Test
    void nothingIsDoneByDefault() {
        var image = image();
        assertThat(Augmentation.none().apply(image, Draws.of(1))).isSameAs(image);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "flip", "crop4", "flip,crop4", "flip,crop16"})
    void textsAreReadAndPrintedAlike(String text) {
        assertThat(Augmentation.parse(text).text()).isEqualTo(text);
    }

    @Test
    void textsMeanWhatTheySay() {
        assertThat(Augmentation.parse("crop4,flip")).isEqualTo(new Augmentation(true, 4));
        assertThat(Augmentation.parse("crop12")).isEqualTo(new Augmentation(false, 12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "flop", "crop", "crop0", "crop-1", "crop99999", "flip,", "flip crop4"})
    void otherTextsAreRefused(String text) {
        assertThatThrownBy(() -> Augmentation.parse(text))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void plainVectorsAreRefused() {
        var vector = new Sample(new float[6], new Sample.Extent(1, 1, 6), 0, "row 3");
        assertThatThrownBy(() -> Augmentation.parse("flip").requireImage(vector))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("row 3 is 1x1x6");
        Augmentation.none().requireImage(vector);
    }
}
