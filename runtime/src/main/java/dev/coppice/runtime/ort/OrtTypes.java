package dev.coppice.runtime.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo;
import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Translates between ONNX Runtime's Java types and ours. */
final class OrtTypes {

    private static final Pattern ERROR_PREFIX = Pattern.compile("^Error code - (\\w+) - message: ");

    private static final String TYPE_PREFIX = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";

    private OrtTypes() {}

    static OptLevel level(OrtOptions.Optimization optimization) {
        return switch (optimization) {
            case NONE -> OptLevel.NO_OPT;
            case BASIC -> OptLevel.BASIC_OPT;
            case EXTENDED -> OptLevel.EXTENDED_OPT;
            case ALL -> OptLevel.ALL_OPT;
        };
    }

    static List<ValueInfo> describe(Map<String, NodeInfo> values) {
        var described = new ArrayList<ValueInfo>();
        for (var value : values.values()) {
            described.add(
                    value.getInfo() instanceof TensorInfo tensor
                            ? ValueInfo.of(value.getName(), type(tensor), shape(tensor))
                            : new ValueInfo(value.getName(), null, null, Carried.NOTHING));
        }
        return List.copyOf(described);
    }

    // Their Java enum has numbers of its own; the names are ONNX's.
    private static DType type(TensorInfo tensor) {
        if (tensor.onnxType == TensorInfo.OnnxTensorType.ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED) {
            throw new BadModelException(
                    "ONNX Runtime's Java API does not know the element type of a model's input or output",
                    "4-bit and 2-bit types cannot cross the model's border");
        }
        return DType.valueOf(tensor.onnxType.name().substring(TYPE_PREFIX.length()));
    }

    private static Shape shape(TensorInfo tensor) {
        long[] sizes = tensor.getShape();
        String[] names = tensor.getDimensionNames();
        var dims = new Dim[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            // PaddlePaddle names every dimension it does not know "?".
            boolean named = i < names.length && !names[i].isEmpty() && !names[i].equals("?");
            dims[i] = sizes[i] >= 0 ? Dim.of(sizes[i]) : named ? Dim.of(names[i]) : Dim.unknown();
        }
        return Shape.of(dims);
    }

    static OnnxTensor toOrt(HostTensor tensor) throws OrtException {
        var type = javaType(tensor.type())
                .orElseThrow(() -> new BadInputException(
                        "ONNX Runtime's Java API cannot be fed tensors of type " + tensor.type(),
                        "put a Cast behind the model's input"));
        return OnnxTensor.createTensor(OrtLibrary.environment(), direct(tensor.buffer()), tensor.sizes(), type);
    }

    /** ONNX Runtime takes bytes from outside the heap only; those of outputs are inside. */
    private static ByteBuffer direct(ByteBuffer bytes) {
        if (bytes.isDirect()) {
            return bytes;
        }
        return ByteBuffer.allocateDirect(bytes.remaining())
                .order(bytes.order())
                .put(bytes)
                .flip();
    }

    static boolean canBeFed(DType type) {
        return javaType(type).isPresent();
    }

    private static Optional<OnnxJavaType> javaType(DType type) {
        return Optional.ofNullable(
                switch (type) {
                    case FLOAT -> OnnxJavaType.FLOAT;
                    case DOUBLE -> OnnxJavaType.DOUBLE;
                    case FLOAT16 -> OnnxJavaType.FLOAT16;
                    case BFLOAT16 -> OnnxJavaType.BFLOAT16;
                    case INT64 -> OnnxJavaType.INT64;
                    case INT32 -> OnnxJavaType.INT32;
                    case INT16 -> OnnxJavaType.INT16;
                    case INT8 -> OnnxJavaType.INT8;
                    case UINT8 -> OnnxJavaType.UINT8;
                    case BOOL -> OnnxJavaType.BOOL;
                    default -> null;
                });
    }

    /** Copies a dense tensor of numbers, or the rows that ZipMap has turned into maps from classes; other values have no counterpart. */
    static Optional<HostTensor> toHost(OnnxValue value) throws OrtException {
        if (value instanceof OnnxTensor tensor && tensor.getInfo().type != OnnxJavaType.STRING) {
            var info = tensor.getInfo();
            return Optional.of(HostTensor.wrap(type(info), tensor.getByteBuffer(), info.getShape()));
        }
        if (value instanceof OnnxSequence sequence && sequence.getInfo().sequenceOfMaps) {
            return rows(sequence.getValue());
        }
        return Optional.empty();
    }

    /** Returns [N, classes] in the order of the classes, by which scikit-learn sorts, too. */
    private static Optional<HostTensor> rows(List<? extends OnnxValue> maps) throws OrtException {
        var values = new ArrayList<Float>();
        for (var map : maps) {
            for (var value : new TreeMap<>(((OnnxMap) map).getValue()).values()) {
                if (!(value instanceof Float number)) {
                    return Optional.empty();
                }
                values.add(number);
            }
        }
        if (maps.isEmpty() || values.size() % maps.size() != 0) {
            return Optional.empty();
        }
        var numbers = new float[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i);
        }
        return Optional.of(HostTensor.ofFloats(numbers, maps.size(), numbers.length / maps.size()));
    }

    static BadModelException refused(String what, OrtException e) {
        String said = String.valueOf(e.getMessage());
        var prefix = ERROR_PREFIX.matcher(said);
        String code = prefix.find() ? prefix.group(1) : "";
        return new BadModelException(what + ": " + said.substring(code.isEmpty() ? 0 : prefix.end()), hint(code), e);
    }

    private static String hint(String code) {
        return switch (code) {
            case "ORT_INVALID_PROTOBUF" -> "the file is no complete ONNX model";
            case "ORT_NOT_IMPLEMENTED" -> "this version of ONNX Runtime lacks an operator or type that the model uses";
            case "ORT_NO_SUCHFILE" -> "check the path, and that external data lies beside the model";
            default -> "try the original model: if it fails too, ONNX Runtime cannot run it";
        };
    }
}
