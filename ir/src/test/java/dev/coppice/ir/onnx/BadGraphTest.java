package dev.coppice.ir.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.testing.Dsl;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Well-formed files whose graphs make no sense; {@link dev.coppice.ir.edit.Invariants} has tests of its own. */
class BadGraphTest {

    @Test
    void aCycleIsRefusedOnReading() {
        assertThat(refused("a = Add(x, b)", "b = Relu(a)", "output b"))
                .hasMessageContaining("node 'Add(a)' (Add) uses 'b', which node 'Relu(b)' produces only later");
    }

    @Test
    void aDanglingInputIsRefusedOnReading() {
        assertThat(refused("b = Relu(nowhere)", "output b"))
                .hasMessageContaining("uses 'nowhere', which nothing produces");
    }

    @Test
    void duplicatedNamesAreRefusedOnReading() {
        assertThat(refused("b = Relu(x)", "b = Neg(x)", "output b")).hasMessageContaining("'b' is produced twice");
        assertThat(refused("const w float[1] = 1", "const w float[1] = 2", "b = Add(x, w)", "output b"))
                .hasMessageContaining("the initializer 'w' is defined twice");
    }

    @Test
    void bodiesAThousandDeepAreRefused() {
        var body = new WireWriter();
        for (int depth = 0; depth < 1000; depth++) {
            body = around(body);
        }
        byte[] encoded = model(body);
        assertThat(Refused.reading(encoded).getMessage())
                .matches("byte \\d+ in graph\\.node\\[0]\\..*: graphs nested more than 32 deep");
    }

    @Test
    void bodiesAFewDeepAreRead() {
        var body = new WireWriter();
        for (int depth = 0; depth < 30; depth++) {
            body = around(body);
        }
        assertThat(Encoded.read(model(body)).graph().nodes()).hasSize(1);
    }

    @Test
    void manyBodiesInALargeGraphAreCheckedInLinearTime() {
        var graph = new WireWriter();
        for (int i = 0; i < 20_000; i++) {
            var node = new WireWriter();
            node.string(2, "v" + i);
            node.string(4, "If");
            var attribute = new WireWriter();
            attribute.message(6, new WireWriter());
            attribute.number(20, 5);
            node.message(5, attribute);
            graph.message(1, node);
        }
        assertThat(Encoded.read(model(graph)).graph().nodes()).hasSize(20_000);
    }

    @Test
    void aStructureThatWouldExhaustTheHeapIsRefused() {
        // Two bytes of the file, an empty name, cost some fifty bytes of heap.
        long names = Runtime.getRuntime().maxMemory() / 64;
        var node = new WireWriter();
        node.raw(MemorySegment.ofArray(emptyNames(Math.toIntExact(Math.min(names, 1 << 29)))));
        var graph = new WireWriter();
        graph.message(1, node);
        byte[] encoded = model(graph);
        assertThat(Refused.reading(encoded)).hasMessageContaining("the structure of the model needs more than");
    }

    private static byte[] emptyNames(int count) {
        byte[] names = new byte[2 * count];
        for (int i = 0; i < names.length; i += 2) {
            names[i] = 1 << 3 | WireReader.BYTES;
        }
        return names;
    }

    /** Returns a graph of one node whose body is {@code body}. */
    private static WireWriter around(WireWriter body) {
        var attribute = new WireWriter();
        attribute.string(1, "body");
        attribute.message(6, body);
        attribute.number(20, 5);
        var node = new WireWriter();
        node.string(4, "If");
        node.message(5, attribute);
        var graph = new WireWriter();
        graph.message(1, node);
        return graph;
    }

    private static byte[] model(WireWriter graph) {
        var opset = new WireWriter();
        opset.number(2, 17);
        return Encoded.message(out -> {
            out.number(1, 10);
            out.message(7, graph);
            out.message(8, opset);
        });
    }

    private static BadModelException refused(String... lines) {
        var text = new ArrayList<>(List.of("input x float[1]"));
        text.addAll(List.of(lines));
        byte[] encoded = Encoded.bytes(Dsl.model(String.join("\n", text)));
        return Refused.reading(encoded);
    }
}
