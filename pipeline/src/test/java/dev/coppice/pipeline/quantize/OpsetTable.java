package dev.coppice.pipeline.quantize;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Operators in the forms that they have in the operator sets before 13, each on x [1,2,4,6]. */
final class OpsetTable {

    private OpsetTable() {}

    /**
     * One operator.
     *
     * @param from the first operator set in which it has this form
     * @param to the last one
     */
    record Row(int from, int to, String lines) {

        String model(int opset) {
            return "ir_version 6\nopset " + opset + "\ninput x float[1,2,4,6]\n" + lines + "\noutput y\n";
        }
    }

    /** A row in one of its operator sets. */
    record Case(int opset, Row row) {}

    static Stream<Case> cases() {
        return rows().stream()
                .flatMap(row -> IntStream.rangeClosed(row.from, row.to).mapToObj(opset -> new Case(opset, row)));
    }

    private static String resize(String scales, String rest) {
        return "const s float[4] = " + scales + "\ny = Resize(x, s) " + rest;
    }

    private static List<Row> rows() {
        return Stream.of(activations(), shapes(), reductions(), space(), layers())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> activations() {
        return List.of(
                new Row(7, 10, "y = Clip(x) min=-0.5 max=0.25"),
                new Row(7, 10, "y = Clip(x) max=0.25"),
                new Row(7, 10, "y = Clip(x)"),
                new Row(11, 12, "const l float[] = -0.5\ny = Clip(x, l)"),
                new Row(7, 11, "y = Dropout(x) ratio=0.7"),
                new Row(7, 11, "y, m = Dropout(x) ratio=0.7"),
                new Row(7, 12, "y = Softmax(x) axis=3"),
                new Row(11, 12, "y = LogSoftmax(x) axis=-1"),
                new Row(7, 12, "g = GlobalAveragePool(x)\ny = Softmax(g)"),
                new Row(7, 12, "g = GlobalAveragePool(x)\ny = Hardmax(g) axis=1"),
                new Row(7, 12, "f = Flatten(x)\ny = Softmax(f)"),
                new Row(7, 12, "y = Elu(x) alpha=0.5"),
                new Row(7, 12, "const s float[2,1,1] = 0.1 0.3\ny = PRelu(x, s)"),
                new Row(10, 12, "y = ThresholdedRelu(x) alpha=0.3"),
                new Row(8, 12, "const s float[6] = 1 2 3 4 5 6\ny = Max(x, s)"),
                new Row(8, 12, "const s float[4,1] = 1 2 3 4\ny = Mean(x, s, x)"),
                new Row(7, 12, "const s float[] = 2.0\na = Abs(x)\ny = Pow(a, s)"),
                new Row(10, 12, "const s float[] = 2.0\ny = Mod(x, s) fmod=1"));
    }

    private static List<Row> shapes() {
        return List.of(
                new Row(7, 10, "y = Pad(x) pads=[0,0,1,2,0,1,0,0] value=1.5"),
                new Row(7, 10, "y = Pad(x) pads=[0,0,1,1,0,0,-1,1]"),
                new Row(7, 10, "y = Pad(x) pads=[0,0,1,1,0,0,1,1] mode=\"reflect\""),
                new Row(7, 10, "y = Pad(x) pads=[0,0,1,1,0,0,1,1] mode=\"edge\""),
                new Row(7, 9, "y = Slice(x) starts=[1,-3] ends=[2,100] axes=[1,3]"),
                new Row(7, 9, "y = Slice(x) starts=[0,1,1] ends=[1,2,-1]"),
                new Row(7, 12, "y, z = Split(x) axis=3 split=[1,5]"),
                new Row(7, 12, "y, z = Split(x) axis=1"),
                new Row(7, 12, "y = Squeeze(x) axes=[0]"),
                new Row(7, 12, "g = GlobalMaxPool(x)\ny = Squeeze(g)"),
                new Row(11, 12, "g = GlobalMaxPool(x)\ny = Squeeze(g) axes=[-1,-2]"),
                new Row(7, 12, "y = Unsqueeze(x) axes=[0,3]"),
                new Row(11, 12, "y = Unsqueeze(x) axes=[-1,2]"),
                new Row(7, 12, "y = Flatten(x) axis=2"),
                new Row(7, 12, "y = Concat(x, x) axis=2"),
                new Row(7, 12, "const i int64[3] = 1 0 1\ny = Gather(x, i) axis=1"),
                new Row(
                        9,
                        10,
                        "const i int64[1,2,1,3] = 1 2 0 0 1 3\n"
                                + "const u float[1,2,1,3] = 1 2 3 4 5 6\n"
                                + "y = Scatter(x, i, u) axis=2"),
                new Row(
                        9,
                        12,
                        "const i int64[2] = 0 2\n"
                                + "const d int64[] = 3\n"
                                + "const v float[2] = 0 1\n"
                                + "o = OneHot(i, d, v) axis=1\n"
                                + "y = Sum(o)"),
                new Row(7, 9, "y, i = TopK(x) k=2 axis=3"),
                new Row(10, 10, "const k int64[1] = 2\ny, i = TopK(x, k) axis=2"),
                new Row(7, 12, "y = DepthToSpace(x) blocksize=1"),
                new Row(7, 12, "y = SpaceToDepth(x) blocksize=2"),
                new Row(7, 12, "const n int64[4] = 1 2 1 1\ny = Tile(x, n)"));
    }

    private static List<Row> reductions() {
        return List.of(
                new Row(7, 12, "y = ReduceSum(x) axes=[1,2] keepdims=0"),
                new Row(11, 12, "y = ReduceSum(x) axes=[-1]"),
                new Row(7, 12, "y = ReduceSum(x)"),
                new Row(7, 12, "y = ReduceMean(x) axes=[2,3]"),
                new Row(7, 12, "y = ReduceMax(x) axes=[3] keepdims=0"),
                new Row(7, 12, "y = ReduceL2(x)"),
                new Row(7, 12, "i = ArgMax(x) axis=2 keepdims=0\ny = Cast(i) to=1"),
                new Row(7, 12, "r = Relu(x)\ni = ArgMin(r) axis=3\ny = Cast(i) to=1"), // with ties
                new Row(11, 12, "const a int64[] = -1\ny = CumSum(x, a)"));
    }

    private static List<Row> space() {
        return List.of(
                new Row(7, 8, "y = Upsample(x) mode=\"nearest\" scales=[1.0,1.0,2.0,3.0]"),
                new Row(7, 8, "y = Upsample(x) mode=\"nearest\" scales=[1.0,1.0,1.5,1.7]"),
                new Row(7, 8, "y = Upsample(x) mode=\"linear\" scales=[1.0,1.0,2.0,3.0]"),
                new Row(9, 9, "const s float[4] = 1 1 2.5 1\ny = Upsample(x, s) mode=\"nearest\""),
                new Row(10, 10, resize("1 1 2.5 1.7", "")),
                new Row(10, 10, resize("1 1 0.5 0.7", "mode=\"nearest\"")),
                new Row(10, 10, resize("1 1 1 0.67", "mode=\"nearest\"")),
                new Row(10, 10, resize("1 1 2 2", "mode=\"linear\"")),
                new Row(10, 10, resize("1 1 0.6 0.4", "mode=\"linear\"")),
                new Row(10, 10, resize("1 1 0.5 1.5", "mode=\"linear\"")),
                new Row(7, 12, "y = AveragePool(x) kernel_shape=[3,3] pads=[1,1,1,1] strides=[2,2]"),
                new Row(7, 12, "y = AveragePool(x) kernel_shape=[3,3] pads=[1,1,1,1] count_include_pad=1"),
                new Row(10, 12, "y = AveragePool(x) kernel_shape=[3,3] strides=[2,2] ceil_mode=1"),
                new Row(7, 12, "y = AveragePool(x) kernel_shape=[2,3] auto_pad=\"SAME_UPPER\" strides=[2,2]"),
                new Row(7, 12, "y = MaxPool(x) kernel_shape=[3,2] auto_pad=\"SAME_LOWER\" strides=[2,2]"),
                new Row(10, 12, "y = MaxPool(x) kernel_shape=[2,2] dilations=[2,2]"),
                new Row(8, 12, "p, i = MaxPool(x) kernel_shape=[2,2] storage_order=1\ny = Cast(i) to=1"),
                new Row(7, 12, "y = LpPool(x) kernel_shape=[2,2] p=1"),
                new Row(7, 12, "y = GlobalLpPool(x) p=2"),
                new Row(7, 12, "y = LRN(x) size=3"));
    }

    private static List<Row> layers() {
        var norm = "const s float[2] = 0.5 2\n"
                + "const c float[2] = 1 -1\n"
                + "const m float[2] = 0.1 0.2\n"
                + "const v float[2] = 1 3\n";
        return List.of(
                new Row(7, 8, norm + "y = BatchNormalization(x, s, c, m, v) spatial=1 epsilon=0.1"),
                new Row(7, 12, norm + "y = BatchNormalization(x, s, c, m, v) momentum=0.5"),
                new Row(7, 12, norm + "y = InstanceNormalization(x, s, c)"),
                new Row(7, 12, "const w float[3,2,3,3] seed 1\ny = Conv(x, w) auto_pad=\"SAME_UPPER\" strides=[2,2]"),
                new Row(
                        7,
                        12,
                        "const w float[2,3,2,2] seed 1\ny = ConvTranspose(x, w) strides=[2,2] output_padding=[1,0]"),
                new Row(
                        7,
                        12,
                        "const w float[2,3,3,3] seed 1\n"
                                + "y = ConvTranspose(x, w) auto_pad=\"SAME_LOWER\" strides=[2,2] output_shape=[8,12]"),
                new Row(7, 12, "const w float[6,5] seed 1\ny = MatMul(x, w)"),
                new Row(
                        7,
                        12,
                        "const w float[48,5] seed 1\n"
                                + "const c float[5] seed 2\n"
                                + "f = Flatten(x)\n"
                                + "y = Gemm(f, w, c) alpha=0.5"),
                new Row(
                        7,
                        12,
                        "const w float[1,16,6] seed 1\n"
                                + "const r float[1,16,4] seed 2\n"
                                + "const t int64[3] = 4 2 6\n"
                                + "q = Reshape(x, t)\n"
                                + "y, h = LSTM(q, w, r) hidden_size=4"),
                new Row(
                        7,
                        12,
                        "const w float[1,12,6] seed 1\n"
                                + "const r float[1,12,4] seed 2\n"
                                + "const t int64[3] = 4 2 6\n"
                                + "q = Reshape(x, t)\n"
                                + "y, h = GRU(q, w, r) hidden_size=4 linear_before_reset=1"));
    }
}
