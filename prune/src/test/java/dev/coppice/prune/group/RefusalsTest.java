package dev.coppice.prune.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/refusals.md to the code: every reason that blocks, and every operator without a rule, is in it, and nothing else. */
class RefusalsTest {

    private static final Path TABLE = Path.of("../docs/refusals.md");
    private static final Path SOURCES = Path.of("src/main/java/dev/coppice/prune/group");

    /** Reasons are written as predicates of an axis. */
    private static final Pattern REASON =
            Pattern.compile("\"((?:is|has|meets|belongs|becomes|stands|loses|gets|comes|counts|holds|would|axes of|its"
                    + " size)\\b[^\"%\\n"
                    + "]*)\"");

    /** The operators of the standard (opset 24) that take tensors of numbers; sequences and texts hold no channels. */
    private static final List<String> STANDARD = List.of(("""
        Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization Bernoulli BitCast \
        BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad Clip Col2Im \
        Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv DepthToSpace \
        DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather \
        GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample \
        GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If ImageDecoder InstanceNormalization IsInf IsNaN LRN \
        LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Loop LpNormalization LpPool MatMul MatMulInteger \
        Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul Multinomial Neg \
        NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu Pad Pow \
        QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike \
        Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum \
        ReduceSumSquare Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round STFT Scan Scatter ScatterElements \
        ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap Shape Shrink Sigmoid Sign Sin Sinh Size \
        Slice Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze Sub Sum Swish Tan Tanh \
        TensorScatter ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor
        """).trim().split("\\s+"));

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TreeSet<String> listed(String heading) {
        var section = text(TABLE).split("## " + heading + "\n", 2)[1].split("\n## ", 2)[0];
        var entries = new TreeSet<String>();
        section.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
                .skip(1)
                .map(line -> line.split("\\|")[1].trim())
                .flatMap(cell -> Arrays.stream(cell.split("<br>")))
                .forEach(entry -> entries.add(entry.trim()));
        return entries;
    }

    @Test
    void everyReasonThatBlocksIsInTheTable() throws IOException {
        var reasons = new TreeSet<String>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (var file : files.sorted().toList()) {
                var found = REASON.matcher(text(file));
                while (found.find()) {
                    reasons.add(found.group(1).replaceAll("[^a-z]+$", ""));
                }
            }
        }
        assertThat(listed("Reasons")).isEqualTo(reasons);
    }

    @Test
    void everyOperatorWithoutARuleIsInTheTable() {
        var missing = new TreeSet<String>();
        for (var operator : STANDARD) {
            if (!operator.equals("Constant")
                    && Couplings.of(Node.of("", operator, List.of("x"), List.of("y"))) == null) {
                missing.add(operator);
            }
        }
        assertThat(listed("Operators without a rule")).isEqualTo(missing);
    }
}
