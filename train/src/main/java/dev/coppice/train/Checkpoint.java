package dev.coppice.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.file.TemporaryFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A state of training in a file of the safetensors format: eight bytes with the length of a JSON header, the header, the tensors' bytes.
 *
 * @param notes texts: where training stood, and the checksum that {@link #write} adds
 * @param tensors by name
 */
public record Checkpoint(Map<String, String> notes, Map<String, Tensor> tensors) {

    private static final String CHECKSUM = "crc32c";
    private static final int MOST_HEADER = 64 << 20;
    private static final int CHUNK = 1 << 20;

    private static final Map<DType, String> TYPES = Map.of(
            DType.FLOAT, "F32",
            DType.DOUBLE, "F64",
            DType.FLOAT16, "F16",
            DType.BFLOAT16, "BF16",
            DType.INT64, "I64",
            DType.INT32, "I32",
            DType.BOOL, "BOOL");

    public Checkpoint {
        notes = Map.copyOf(notes);
        tensors = new LinkedHashMap<>(tensors);
    }

    /**
     * Writes the file so that it appears complete or not at all, whatever happens meanwhile: written beside, forced to the disk, renamed.
     *
     * @throws UncheckedIOException when that fails; a file that was there before is then untouched
     */
    public void write(Path file) {
        var target = file.toAbsolutePath();
        try (var temporary = TemporaryFile.in(target.resolveSibling("."))) {
            var channel = temporary.channel();
            var header = header();
            var start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            writeAll(channel, start.putLong(header.length).flip());
            writeAll(channel, ByteBuffer.wrap(header));
            for (var tensor : tensors.values()) {
                var bytes = Elements.bytes(tensor);
                for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
                    writeAll(
                            channel,
                            bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at))
                                    .asByteBuffer());
                }
            }
            temporary.publish(target);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the checkpoint " + file + ": " + e.getMessage(), e);
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private byte[] header() throws IOException {
        var text = new StringWriter();
        try (var out = new JsonFactory().createGenerator(text)) {
            out.writeStartObject();
            out.writeObjectFieldStart("__metadata__");
            for (var note : notes.entrySet()) {
                if (!note.getKey().equals(CHECKSUM)) {
                    out.writeStringField(note.getKey(), note.getValue());
                }
            }
            out.writeStringField(
                    CHECKSUM,
                    Long.toHexString(checksum(
                            tensors.values().stream().map(Elements::bytes).toList())));
            out.writeEndObject();
            long offset = 0;
            for (var entry : tensors.entrySet()) {
                var tensor = entry.getValue();
                out.writeObjectFieldStart(entry.getKey());
                out.writeStringField("dtype", TYPES.get(tensor.type()));
                out.writeArrayFieldStart("shape");
                for (long dim : tensor.dims()) {
                    out.writeNumber(dim);
                }
                out.writeEndArray();
                out.writeArrayFieldStart("data_offsets");
                out.writeNumber(offset);
                offset += tensor.byteSize();
                out.writeNumber(offset);
                out.writeEndArray();
                out.writeEndObject();
            }
            out.writeEndObject();
        }
        // Padded with spaces, so that the tensors start aligned.
        var json = text.toString();
        return (json + " ".repeat(Math.floorMod(-json.getBytes(StandardCharsets.UTF_8).length, 8)))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static long checksum(List<MemorySegment> parts) {
        var sum = new CRC32C();
        for (var bytes : parts) {
            for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
                sum.update(bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at))
                        .asByteBuffer());
            }
        }
        return sum.getValue();
    }

    /**
     * Maps a checkpoint and verifies it.
     *
     * @throws BadInputException when it is missing, incomplete or damaged
     */
    public static Checkpoint read(Path file) {
        try (var channel = FileChannel.open(file)) {
            long size = channel.size();
            var mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto());
            if (size < 8) {
                throw damaged(file, "it ends after " + size + " bytes", null);
            }
            long length = mapped.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getLong(0);
            if (length < 2 || length > Math.min(size - 8, MOST_HEADER)) {
                throw damaged(file, "its header claims " + length + " bytes", null);
            }
            var json = new byte[(int) length];
            MemorySegment.copy(mapped, 8, MemorySegment.ofArray(json), 0, length);
            var checkpoint = parse(file, new String(json, StandardCharsets.UTF_8), mapped.asSlice(8 + length));
            var parts =
                    checkpoint.tensors.values().stream().map(Elements::bytes).toList();
            if (!Long.toHexString(checksum(parts)).equals(checkpoint.notes.get(CHECKSUM))) {
                throw damaged(file, "its checksum is wrong", null);
            }
            return checkpoint;
        } catch (IOException e) {
            throw damaged(file, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw damaged(file, "its header makes no sense", e);
        }
    }

    private static BadInputException damaged(
            Path file, String why, @org.jspecify.annotations.Nullable Exception cause) {
        var hint = "an older checkpoint beside it is used when there is one; otherwise run the recipe again";
        var message = "cannot use the checkpoint " + file + ": " + why;
        return cause == null ? new BadInputException(message, hint) : new BadInputException(message, hint, cause);
    }

    private static Checkpoint parse(Path file, String header, MemorySegment data) throws IOException {
        var notes = new LinkedHashMap<String, String>();
        var tensors = new LinkedHashMap<String, Tensor>();
        try (var in = new JsonFactory().createParser(header)) {
            require(in.nextToken() == JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                var name = in.currentName();
                require(in.nextToken() == JsonToken.START_OBJECT);
                if (name.equals("__metadata__")) {
                    while (in.nextToken() == JsonToken.FIELD_NAME) {
                        notes.put(in.currentName(), in.nextTextValue());
                    }
                } else {
                    tensors.put(name, tensor(name, in, data));
                }
            }
        }
        if (notes.isEmpty()) {
            throw damaged(file, "it has no notes", null);
        }
        return new Checkpoint(notes, tensors);
    }

    private static Tensor tensor(String name, JsonParser in, MemorySegment data) throws IOException {
        var type = DType.FLOAT;
        List<Long> dims = List.of();
        List<Long> offsets = List.of();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            switch (in.currentName()) {
                case "dtype" -> type = type(in.nextTextValue());
                case "shape" -> dims = numbers(in);
                case "data_offsets" -> offsets = numbers(in);
                default -> throw new IllegalArgumentException(in.currentName());
            }
        }
        require(offsets.size() == 2);
        var bytes = data.asSlice(offsets.get(0), offsets.get(1) - offsets.get(0));
        var tensor = Tensor.of(name, type, dims, new TensorData.Bytes(bytes));
        require(tensor.byteSize() == bytes.byteSize());
        return tensor;
    }

    private static DType type(String code) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue().equals(code))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("type " + code))
                .getKey();
    }

    private static List<Long> numbers(JsonParser in) throws IOException {
        require(in.nextToken() == JsonToken.START_ARRAY);
        var numbers = new ArrayList<Long>();
        while (in.nextToken() == JsonToken.VALUE_NUMBER_INT) {
            numbers.add(in.getLongValue());
        }
        return numbers;
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("malformed header");
        }
    }
}
