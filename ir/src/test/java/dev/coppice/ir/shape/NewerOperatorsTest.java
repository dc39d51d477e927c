package dev.coppice.ir.shape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operators and forms of operators that are younger than the ONNX project's packaged test cases, or of com.microsoft. */
class NewerOperatorsTest {

    private static final String HEADER = """
        opset 23
        opset com.microsoft 1
        input image float[n,8,6,4]
        input text float[b,s,64]
        input ids int64[b,s]
        input bytes uint8[b,s,64]
        const vector float[64] seed 1
        const square float[64,64] seed 2
        const packed float[64,192] seed 3
        const scale float[] = 0.5
        const scales float[2] = 2 0.5
        const sizes int64[2] = 12 3
        const spatial int64[2] = 2 3
        const last int64[1] = -1
        const pads int64[4] = 1 0 1 2
        const words int64[] = 5
        """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        Resize(image, , scales) axes=[2,3]                     | FLOAT[n,8,12,2]
        Resize(image, , , sizes) axes=[-2,-1]                  | FLOAT[n,8,12,3]
        Pad(image, pads, , spatial)                            | FLOAT[n,8,8,6]
        CenterCropPad(image, sizes) axes=[2,3]                 | FLOAT[n,8,12,3]
        ReduceMax(image, last) keepdims=0                      | FLOAT[n,8,6]
        ReduceSum(image, ) noop_with_empty_axes=1              | FLOAT[n,8,6,4]
        GroupNormalization(image, vector, vector) num_groups=2 | FLOAT[n,8,6,4]
        LayerNormalization(text, vector)                       | FLOAT[b,s,64]
        Shape(text) start=-1                                   | INT64[1]
        BitwiseAnd(ids, ids)                                   | INT64[b,s]
        Mish(text)                                             | FLOAT[b,s,64]
        LpPool(image) kernel_shape=[2,2] ceil_mode=1           | FLOAT[n,8,5,3]
        GridSample(image, grid)                                | FLOAT[n,8,5,7]
        QuantizeLinear(text, scale) output_dtype=3             | INT8[b,s,64]
        DequantizeLinear(bytes, scale)                         | FLOAT[b,s,64]
        OneHot(ids, words, scales)                             | FLOAT[b,s,5]
        Attention(text, text, text) q_num_heads=4 kv_num_heads=4 | FLOAT[b,s,64]
        com.microsoft::FusedMatMul(text, square) transB=1      | FLOAT[b,s,64]
        com.microsoft::MatMulNBits(text, bytes) N=128 K=64     | FLOAT[b,s,128]
        com.microsoft::SkipLayerNormalization(text, text, vector) | FLOAT[b,s,64]
        com.microsoft::Attention(text, packed) num_heads=4     | FLOAT[b,s,64]
        com.microsoft::MultiHeadAttention(text, text, text) num_heads=4 | FLOAT[b,s,64]
        com.microsoft::BiasGelu(text, vector)                  | FLOAT[b,s,64]
        """)
    void areInferred(String call, String expected) {
        var text = HEADER + "input grid float[n,5,7,2]\ny = " + call + "\noutput y";
        var value = ShapeInference.infer(Dsl.model(text)).of("y");
        assertThat(value.type() + String.valueOf(value.shape())).isEqualTo(expected);
    }
}
