package dev.coppice.ir.onnx;

import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Places tensors in the data file beside a model. A model is encoded twice: first the tensors are {@linkplain #offset collected},
 * then {@linkplain #arrange arranged} in the order of the files that they come from, so that the gaps between them never grow.
 */
final class ExternalLayout {

    private static final int PAGE = 4096;
    private static final int CACHE_LINE = 64;
    private static final long PAGE_ALIGNED_FROM = 1 << 20;

    /** Equal data are stored once. Equal segments may differ in length, therefore the size. */
    private record Region(TensorData data, long size) {}

    /** Where a region was, and how it is to be aligned; {@code file} counts the files in the order in which they come. */
    private record Piece(WireWriter.Part part, int file, long origin, long alignment) {}

    private final Map<Region, Piece> pieces = new LinkedHashMap<>();
    private final Map<Region, Long> offsets = new HashMap<>();
    private final Map<String, Integer> files = new HashMap<>();

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /** Returns the offset of a tensor's elements in the data file; 0 as long as nothing is arranged. */
    long offset(TensorData data, WireWriter.Part part) {
        var region = new Region(data, part.size());
        pieces.computeIfAbsent(region, _ -> piece(data, part));
        return offsets.getOrDefault(region, 0L);
    }

    private Piece piece(TensorData data, WireWriter.Part part) {
        return switch (data) {
            case TensorData.Masked(var base, var _) -> {
                var unmasked = piece(base, part);
                yield new Piece(part, unmasked.file(), unmasked.origin(), unmasked.alignment());
            }
            case TensorData.External(var location, long offset, var _) ->
                new Piece(part, files.computeIfAbsent(location, _ -> files.size()), offset, alignment(offset));
            case TensorData.Bytes _, TensorData.Strings _ ->
                new Piece(part, -1, 0, part.size() < PAGE_ALIGNED_FROM ? CACHE_LINE : PAGE);
        };
    }

    /** Keeps the alignment that a tensor had. The first of a file tells none: it needs only that of the widest element. */
    private static long alignment(long offset) {
        if (offset == 0) {
            return 2 * Long.BYTES;
        }
        return offset % PAGE == 0 ? PAGE : offset % CACHE_LINE == 0 ? CACHE_LINE : 1;
    }

    /** Decides the offsets and returns the content of the data file. */
    List<WireWriter.Part> arrange() {
        var order = new ArrayList<>(pieces.entrySet());
        order.sort(Comparator.comparing(
                Map.Entry::getValue, Comparator.comparingInt(Piece::file).thenComparingLong(Piece::origin)));
        var content = new ArrayList<WireWriter.Part>();
        long size = 0;
        for (var entry : order) {
            var piece = entry.getValue();
            long aligned = Math.ceilDiv(size, piece.alignment()) * piece.alignment();
            if (aligned > size) {
                content.add(new WireWriter.BytesPart(MemorySegment.ofArray(new byte[(int) (aligned - size)])));
            }
            content.add(piece.part());
            offsets.put(entry.getKey(), aligned);
            size = aligned + piece.part().size();
        }
        return content;
    }
}
