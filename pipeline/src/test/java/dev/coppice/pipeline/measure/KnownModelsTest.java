package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.spec.Preprocess;
import dev.coppice.pipeline.progress.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models on real data score what others measured. */
class KnownModelsTest {

    private static Quality evaluate(Path model, DataSpec data, DataOptions options) {
        return Evaluator.evaluate(Evaluation.of(model, data, options).withThreads(2), Progress.NONE);
    }

    private static DataOptions normalised(List<Double> mean, List<Double> std) {
        return DataOptions.defaults().withPreprocess(Preprocess.none().withMeanStd(mean, std));
    }

    @Test
    void miniLmRanksSentencePairs() {
        var options = DataOptions.defaults().withTokenizer(TestData.data("minilm/tokenizer.json"));
        var data = new DataSpec.Sts(TestData.shared("data/stsb/sts-test.csv"));
        var quality = evaluate(TestData.data("minilm/model.onnx"), data, options);
        assertThat(quality.metric()).isEqualTo("spearman");
        assertThat(quality.value()).isCloseTo(.8203, within(.0005));
        assertThat(quality.samples()).isEqualTo(1379);
    }

    @Test
    void miniLmFindsDocuments() {
        var options = DataOptions.defaults()
                .withTokenizer(TestData.data("minilm/tokenizer.json"))
                .withLimit(150);
        var data = new DataSpec.Beir(TestData.shared("data/cranfield"));
        var quality = evaluate(TestData.data("minilm/model.onnx"), data, options);
        // As numpy computes it of ONNX Runtime's outputs, text by text. Of all 1,400 documents it is .3931
        // (docs/data.md).
        assertThat(quality.value()).isCloseTo(.606396, within(1e-4));
        assertThat(quality.more().get("recall@100")).isCloseTo(.975198, within(1e-4));
        assertThat(quality.samples()).isEqualTo(84);
    }

    @Test
    void resNet20ClassifiesCifar10() {
        var options = normalised(List.of(.485, .456, .406), List.of(.229, .224, .225));
        var data = new DataSpec.Cifar10(TestData.data("cifar10"));
        var quality = evaluate(TestData.shared("models/resnet20.onnx"), data, options);
        assertThat(quality.value()).isCloseTo(.9173, within(.0002));
        assertThat(quality.samples()).isEqualTo(10_000);
    }

    @Test
    void efficientNetClassifiesImageNet() {
        var options = normalised(List.of(127 / 255.0), List.of(128 / 255.0));
        var data = new DataSpec.Images(TestData.shared("data/imagenet-sample"));
        var quality = evaluate(TestData.shared("models/efficientnet_lite0.onnx"), data, options);
        // One picture of 500 decides .002.
        assertThat(quality.value()).isCloseTo(.892, within(.0021));
    }

    @Test
    void smolLmPredictsText() {
        var data = new DataSpec.Tokens(TestData.shared("data/lm/brown-heldout-32x256.u16"));
        var quality = evaluate(TestData.data("smollm2/model.onnx"), data, DataOptions.defaults());
        assertThat(quality.value()).isCloseTo(51.19, within(.02));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer", "ch_ppocr_mobile_v2.0_cls_infer"})
    void textReadersAreComparedOnRandomInputs(String name) {
        var model = TestData.data("ppocr/" + name + ".onnx");
        var quality = Evaluator.compareOnRandomInputs(model, model, Map.of(), 1, 1, 2);
        assertThat(quality.value()).isCloseTo(1, within(1e-9));
        assertThat(quality.more()).contains(entry("max-abs", 0.0));
    }
}
