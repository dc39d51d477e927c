package dev.coppice.ir.onnx;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Attribute.StringValue;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Graph;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decodes {@code AttributeProto}. */
final class AttributeDecoder {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TensorDecoder tensors;
    private final GraphDecoder graphs;

    AttributeDecoder(TensorDecoder tensors, GraphDecoder graphs) {
        this.tensors = tensors;
        this.graphs = graphs;
    }

    Attribute attribute(WireReader in, int depth) {
        String name = "";
        int typeCode = 0;
        String referred = "";
        Attribute.@Nullable Value single = null;
        var floats = new ArrayList<Float>();
        var ints = new ArrayList<Long>();
        var strings = new ArrayList<StringValue>();
        var bodies = new ArrayList<Graph>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.string();
                case 2 -> single = new Attribute.FloatValue(in.floatNumber());
                case 3 -> single = new Attribute.IntValue(in.number());
                case 4 -> single = new StringValue(in.bytes());
                case 5 -> single = new Attribute.TensorValue(tensors.tensor(in.message("t")));
                case 6 -> single = new Attribute.GraphValue(graphs.graph(in.message("g"), depth + 1));
                case 7 -> floats(in, floats);
                case 8 -> in.numbers(ints);
                case 9 -> strings.add(new StringValue(in.bytes()));
                case 11 -> bodies.add(graphs.graph(in.message("graphs", bodies.size()), depth + 1));
                case 20 -> typeCode = (int) in.number();
                case 21 -> referred = in.string();
                default -> in.carry();
            }
        }
        var lists = new Lists(floats, ints, strings, bodies);
        var value =
                referred.isEmpty() ? value(typeCode, single, lists) : new Attribute.ReferenceValue(referred, typeCode);
        return new Attribute(name, value, new Carried(in.carried()));
    }

    private record Lists(List<Float> floats, List<Long> ints, List<StringValue> strings, List<Graph> bodies) {}

    /** Chooses by the declared type; files of IR versions 1 and 2 declare none, and what is present decides. */
    private static Attribute.Value value(int typeCode, Attribute.@Nullable Value single, Lists lists) {
        return switch (typeCode) {
            case 0 -> single != null ? single : present(lists);
            case 1 -> single instanceof Attribute.FloatValue ? single : new Attribute.FloatValue(0);
            case 2 -> single instanceof Attribute.IntValue ? single : new Attribute.IntValue(0);
            case 3 -> single instanceof StringValue ? single : new StringValue(MemorySegment.ofArray(new byte[0]));
            case 4, 5 -> single != null ? single : new Attribute.OpaqueValue(typeCode);
            case 6 -> new Attribute.FloatsValue(lists.floats());
            case 7 -> new Attribute.IntsValue(lists.ints());
            case 8 -> new Attribute.StringsValue(lists.strings());
            case 10 -> new Attribute.GraphsValue(lists.bodies());
            default -> new Attribute.OpaqueValue(typeCode);
        };
    }

    private static Attribute.Value present(Lists lists) {
        if (!lists.floats().isEmpty()) {
            return new Attribute.FloatsValue(lists.floats());
        }
        if (!lists.strings().isEmpty()) {
            return new Attribute.StringsValue(lists.strings());
        }
        if (!lists.bodies().isEmpty()) {
            return new Attribute.GraphsValue(lists.bodies());
        }
        return new Attribute.IntsValue(lists.ints());
    }

    private static void floats(WireReader in, List<Float> into) {
        if (in.wireType() != WireReader.BYTES) {
            into.add(in.floatNumber());
            return;
        }
        var packed = in.bytes();
        if (packed.byteSize() % Float.BYTES != 0) {
            throw in.error("packed floats of " + packed.byteSize() + " bytes");
        }
        in.spend(packed.byteSize() * 5); // a boxed float and its place in the list
        for (long i = 0; i < packed.byteSize(); i += Float.BYTES) {
            into.add(packed.get(FLOAT, i));
        }
    }
}
