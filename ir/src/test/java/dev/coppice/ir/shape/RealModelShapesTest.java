package dev.coppice.ir.shape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Shape;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.TestData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Real exports of PyTorch, PaddlePaddle, Caffe2 and by hand: with static inputs every value's type and shape is known. That the
 * shapes are those that ONNX Runtime computes was checked once for all values of these models; here for the outputs.
 */
class RealModelShapesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        data/minilm/model.onnx                          | input_ids,attention_mask,token_type_ids | 2 16       | 2 16 384
        data/ppocr/ch_PP-OCRv3_det_infer.onnx           | x                                       | 1 3 64 96  | 1 1 64 96
        data/ppocr/ch_PP-OCRv3_rec_infer.onnx           | x                                       | 1 3 48 96  | 1 12 6625
        data/ppocr/ch_PP-OCRv4_det_infer.onnx           | x                                       | 1 3 64 96  | 1 1 64 96
        data/ppocr/ch_PP-OCRv4_rec_infer.onnx           | x                                       | 1 3 48 96  | 1 12 6625
        data/ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx  | x                                       | 1 3 48 192 | 1 2
        data/smollm2/model.onnx                         | input_ids                               | 1 8        | 1 8 49152
        shared/models/resnet20.onnx                     | input                                   | 2 3 32 32  | 2 10
        shared/models/efficientnet_lite0.onnx           | x                                       | 2 3 224 224| 2 1000
        shared/models/light_densenet121.onnx            | ''                                      | ''         | 1 1000 1 1
        shared/models/light_inception_v1.onnx           | ''                                      | ''         | 1 1000
        shared/models/light_resnet50.onnx               | ''                                      | ''         | 1 1000
        shared/models/light_squeezenet.onnx             | ''                                      | ''         | 1 1000 1 1
        shared/models/light_zfnet512.onnx               | ''                                      | ''         | 1 1000
        """)
    void everyValueIsStaticOnceTheInputsAre(String file, String inputs, String inputSizes, String outputSizes) {
        var model = OnnxReader.read(path(file));
        var overrides = new HashMap<String, Shape>();
        for (var input : inputs.isEmpty() ? new String[0] : inputs.split(",")) {
            overrides.put(input, shape(inputSizes));
        }
        var shapes = ShapeInference.infer(model, overrides);
        var unknown = new ArrayList<String>();
        for (var node : model.graph().nodes()) {
            for (var output : node.outputs()) {
                boolean known = shapes.type(output).isPresent()
                        && shapes.shape(output).filter(Shape::isStatic).isPresent();
                if (!output.isEmpty() && !known) {
                    unknown.add(node.opType() + " " + output + " " + shapes.of(output));
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(shapes.shape(model.graph().outputs().getFirst().name())).contains(shape(outputSizes));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        data/minilm/model.onnx                | /encoder/layer.0/attention/self/Softmax_output_0 | [batch_size,12,?,?]
        shared/models/resnet20.onnx           | logits                                           | [N,10]
        shared/models/efficientnet_lite0.onnx | logits                                           | [b,1000]
        """)
    void symbolsSurviveWhereNothingIsGiven(String file, String value, String expected) {
        var shapes = ShapeInference.infer(OnnxReader.read(path(file)), Map.of());
        assertThat(shapes.shape(value).orElseThrow()).hasToString(expected);
    }

    private static Path path(String file) {
        return file.startsWith("data/")
                ? TestData.data(file.substring("data/".length()))
                : TestData.shared(file.substring("shared/".length()));
    }

    private static Shape shape(String sizes) {
        return Shape.of(
                Arrays.stream(sizes.split(" ")).mapToLong(Long::parseLong).toArray());
    }
}
