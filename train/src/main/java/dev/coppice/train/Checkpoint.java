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
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A state of training in a file of the safetensors format: eight bytes with the length of a JSON header, the header, the tensors' bytes.
 * The header begins with a checksum of the whole file, in which the checksum's own digits count as zeros.
 *
 * @param notes texts: where training stood, and the checksum that {@link #write} adds
 * @param tensors by name
 */
public record Checkpoint(Map<String, String> notes, Map<String, Tensor> tensors) {

    private static final String CHECKSUM = "crc32c";
    private static final String METADATA = "__metadata__";
    private static final byte[] BEGIN =
            "{\"%s\":{\"%s\":\"".formatted(METADATA, CHECKSUM).getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NO_DIGITS = "00000000".getBytes(StandardCharsets.US_ASCII);
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
            writeAll(channel, ByteBuffer.wrap(start()));
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

    /** Returns all that comes before the tensors: the header's length, and the header with the checksum in it. */
    private byte[] start() throws IOException {
        var header = header();
        var start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
        start.putLong(header.length).put(header);
        var parts = new ArrayList<MemorySegment>();
        parts.add(MemorySegment.ofArray(start.array()));
        tensors.values().forEach(tensor -> parts.add(Elements.bytes(tensor)));
        start.put(8 + BEGIN.length, digits(parts));
        return start.array();
    }

    private static byte[] digits(List<MemorySegment> parts) {
        return "%08x".formatted(checksum(parts)).getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] header() throws IOException {
        var text = new StringWriter();
        try (var out = new JsonFactory().createGenerator(text)) {
            out.writeStartObject();
            out.writeObjectFieldStart(METADATA);
            out.writeStringField(CHECKSUM, new String(NO_DIGITS, StandardCharsets.US_ASCII));
            for (var note : notes.entrySet()) {
                if (!note.getKey().equals(CHECKSUM)) {
                    out.writeStringField(note.getKey(), note.getValue());
                }
            }
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
            var start = mapped.asSlice(0, 8 + length).toArray(ValueLayout.JAVA_BYTE);
            var data = mapped.asSlice(8 + length);
            if (!isWhole(start, data)) {
                throw damaged(file, "its checksum is wrong, or another version wrote it", null);
            }
            return parse(file, new String(start, 8, (int) length, StandardCharsets.UTF_8), data);
        } catch (IOException e) {
            throw damaged(file, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw damaged(file, "its header makes no sense", e);
        }
    }

    /** Says whether the checksum is right; {@code start} is everything before the tensors. */
    private static boolean isWhole(byte[] start, MemorySegment data) {
        int at = 8 + BEGIN.length;
        int end = at + NO_DIGITS.length;
        if (start.length < end || !Arrays.equals(start, 8, at, BEGIN, 0, BEGIN.length)) {
            return false;
        }
        var bare = start.clone();
        System.arraycopy(NO_DIGITS, 0, bare, at, NO_DIGITS.length);
        return Arrays.equals(start, at, end, digits(List.of(MemorySegment.ofArray(bare), data)), 0, NO_DIGITS.length);
    }

    private static BadInputException damaged(
            Path file, String why, @org.jspecify.annotations.Nullable Exception cause) {
        var hint = "an older checkpoint beside it is used when there is one; otherwise begin anew in another directory";
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
                if (name.equals(METADATA)) {
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
