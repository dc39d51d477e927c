package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.BadModelException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Fields with impossible content. Every message tells the byte and the path. */
class BadFieldsTest {

    private static final long TERABYTES = 5L << 40;

    @Test
    void aLengthOfTwoToThe63IsRefused() {
        assertThat(refused(graph -> header(graph, 1, Long.MIN_VALUE)))
                .hasMessageMatching("byte \\d+ in graph: a field claims 9223372036854775808 bytes where 0 are left");
    }

    @Test
    void aLengthOfTerabytesIsRefused() {
        assertThat(refused(graph -> graph.message(5, tensor -> header(tensor, 9, TERABYTES))))
                .hasMessageMatching(
                        "byte \\d+ in graph\\.initializer\\[0]: a field claims 5497558138880 bytes where 0 are left");
    }

    @Test
    void aPackedListThatClaimsHundredsOfMegabytesIsRefused() {
        assertThat(refused(graph -> graph.message(5, tensor -> header(tensor, 7, 300 << 20))))
                .hasMessageContaining("claims 314572800 bytes where 0 are left");
    }

    @Test
    void aNumberOfElevenBytesIsRefused() {
        byte[] endless = new byte[11];
        Arrays.fill(endless, (byte) 0x80);
        assertThat(refused(graph -> graph.raw(endless)))
                .hasMessageMatching("byte \\d+ in graph: a number of more than 10 bytes");
    }

    @Test
    void fieldZeroIsRefused() {
        assertThat(refused(graph -> graph.raw(new byte[] {0, 1})))
                .hasMessageMatching("byte \\d+ in graph: field number 0 is impossible");
    }

    @Test
    void wireTypesOfGroupsAreRefused() {
        assertThat(refused(graph -> graph.raw(new byte[] {1 << 3 | 3})))
                .hasMessageMatching("byte \\d+ in graph: wire type 3 is not used by ONNX");
    }

    @Test
    void aNumberWhereANodeBelongsIsRefused() {
        assertThat(refused(graph -> graph.number(1, 7)))
                .hasMessageMatching("byte \\d+ in graph: field 1 has wire type 0 instead of 2");
    }

    @Test
    void negativeDimensionsAreRefused() {
        assertThat(refused(tensor(-3, 1)))
                .hasMessageMatching("byte \\d+ in graph\\.initializer\\[0]: tensor 't' has the negative dimension -3");
    }

    @Test
    void dimensionsWhoseProductOverflowsAreRefused() {
        assertThat(refused(tensor(1L << 32, 1L << 32))).hasMessageContaining("has too many elements");
        assertThat(refused(tensor(1L << 60, 1))).hasMessageContaining("claims 1152921504606846976 elements");
        assertThat(refused(tensor(Long.MAX_VALUE, 1))).hasMessageContaining("claims 9223372036854775807 elements");
    }

    @Test
    void dimensionsThatClaimTerabytesAreRefused() {
        assertThat(refused(tensor(1 << 20, 1 << 20))).hasMessageContaining("needs 4398046511104 bytes and has 0");
    }

    @Test
    void terabytesOfVarintsAreRefused() {
        assertThat(refused(graph -> graph.message(5, tensor -> {
                    tensor.number(1, TERABYTES);
                    tensor.number(2, 7);
                    tensor.bytes(7, new byte[] {1, 2, 3});
                })))
                .hasMessageContaining("bytes and has 0");
    }

    @Test
    void moreVarintsThanDimensionsAreRefused() {
        assertThat(refused(graph -> graph.message(5, tensor -> {
                    tensor.number(1, 2);
                    tensor.number(2, 7);
                    tensor.bytes(7, new byte[] {1, 2, 3});
                })))
                .hasMessageMatching("byte \\d+ in graph\\.initializer\\[0]\\.packed: more elements than .*");
    }

    @Test
    void unknownElementTypesAreRefused() {
        assertThat(refused(graph -> graph.message(5, tensor -> tensor.number(2, 99))))
                .hasMessageMatching("byte \\d+ in graph\\.initializer\\[0]: unknown tensor element type 99");
    }

    @Test
    void wrongCountsOfStringsAreRefused() {
        assertThat(refused(graph -> graph.message(5, tensor -> {
                    tensor.number(1, 3);
                    tensor.number(2, 8);
                    tensor.string(6, "one");
                })))
                .hasMessageContaining("of 3 strings holds 1");
    }

    @Test
    void namesThatAreNotUtf8AreRefused() {
        assertThat(refused(graph -> graph.message(1, node -> node.bytes(3, new byte[] {(byte) 0xff, (byte) 0xfe}))))
                .hasMessageMatching("byte \\d+ in graph\\.node\\[0]: text that is not UTF-8");
    }

    @Test
    void aNodeWithoutAnOperatorIsRefused() {
        assertThat(refused(graph -> graph.message(1, node -> node.string(3, "n"))))
                .hasMessageMatching("byte \\d+ in graph\\.node\\[0]: a node without an operator");
    }

    @Test
    void theByteIsTheFilesNotTheMessages() {
        byte[] bad = model(graph -> graph.message(1, node -> node.raw(new byte[] {0, 1})));
        int at = bad.length - 1; // the reader stands behind the tag
        assertThat(Refused.reading(bad)).hasMessageStartingWith("byte " + at + " in graph.node[0]: ");
    }

    /** Adds what {@link WireWriter} never writes. */
    private record Fields(WireWriter out) {

        void number(int field, long value) {
            out.number(field, value);
        }

        void string(int field, String text) {
            out.string(field, text);
        }

        void bytes(int field, byte[] bytes) {
            out.bytes(field, MemorySegment.ofArray(bytes));
        }

        void raw(byte[] bytes) {
            out.raw(MemorySegment.ofArray(bytes));
        }

        void message(int field, Consumer<Fields> content) {
            var message = new WireWriter();
            content.accept(new Fields(message));
            out.message(field, message);
        }
    }

    private static Consumer<Fields> tensor(long... dims) {
        return graph -> graph.message(5, tensor -> {
            Arrays.stream(dims).forEach(dim -> tensor.number(1, dim));
            tensor.number(2, 1);
            tensor.string(8, "t");
        });
    }

    /** Adds a tag and a length without the content. */
    private static void header(Fields out, int field, long length) {
        byte[] number = Encoded.message(m -> m.number(field, length));
        number[0] |= WireReader.BYTES;
        out.raw(number);
    }

    private static byte[] model(Consumer<Fields> graph) {
        return Encoded.message(out -> {
            out.number(1, 10);
            new Fields(out).message(7, graph);
        });
    }

    private static BadModelException refused(Consumer<Fields> graph) {
        return Refused.reading(model(graph));
    }
}
