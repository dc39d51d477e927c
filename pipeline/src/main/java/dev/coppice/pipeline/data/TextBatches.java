package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Batches of tokenized texts of similar length: texts are sorted inside chunks, so that little is padded. */
final class TextBatches implements Batches {

    private static final int CHUNK = 1024;

    private final TextSource texts;
    private final TokenInput input;
    private final TextTokenizer tokenizer;
    private final int batchSize;
    private final long limit;
    private final Deque<List<Encoded>> ready = new ArrayDeque<>();
    private long done;

    private record Encoded(long number, List<Long> ids) {}

    /** Opens texts; at most {@code limit} are read. */
    TextBatches(
            TextSource texts, DataSpec spec, DataOptions options, long limit, List<ValueInfo> inputs, int batchSize) {
        this.texts = texts;
        this.limit = limit;
        try {
            this.input = TokenInput.of(inputs);
            this.tokenizer = TextTokenizer.open(options.requireTokenizer(spec), input.fixedLength());
        } catch (RuntimeException e) {
            texts.close();
            throw e;
        }
        this.batchSize = input.fixedBatch() > 0 ? input.fixedBatch() : batchSize;
    }

    @Override
    public @Nullable Batch next() {
        if (ready.isEmpty()) {
            readChunk();
        }
        var batch = ready.poll();
        if (batch == null) {
            return null;
        }
        var sequences = batch.stream()
                .map(text -> text.ids().stream().mapToLong(id -> id).toArray())
                .toList();
        return new Batch(
                input.collate(sequences),
                batch.size(),
                List.of(),
                batch.stream().map(text -> text.ids().size()).toList(),
                batch.stream().map(Encoded::number).toList());
    }

    private void readChunk() {
        var chunk = new ArrayList<Encoded>();
        while (chunk.size() < CHUNK && done < limit) {
            var text = texts.next();
            if (text == null) {
                break;
            }
            chunk.add(encode(text));
            done++;
        }
        chunk.sort(Comparator.comparingInt(text -> text.ids().size()));
        var batch = new ArrayList<Encoded>();
        for (var text : chunk) {
            if (!batch.isEmpty() && (batch.size() == batchSize || !mayJoin(batch.getFirst(), text))) {
                ready.add(List.copyOf(batch));
                batch.clear();
            }
            batch.add(text);
        }
        if (!batch.isEmpty()) {
            ready.add(batch);
        }
    }

    private Encoded encode(String text) {
        var ids = new ArrayList<Long>();
        for (long id : tokenizer.encode(text)) {
            ids.add(id);
        }
        if (ids.isEmpty()) {
            throw new BadInputException("text " + (done + 1) + " has no tokens: '" + text + "'", "remove the line");
        }
        return new Encoded(done, ids);
    }

    /** A model without an attention mask would see the padding: only texts of one length share a batch. */
    private boolean mayJoin(Encoded first, Encoded text) {
        return input.hasMask() || first.ids().size() == text.ids().size();
    }

    @Override
    public long total() {
        return Math.min(limit, texts.total());
    }

    @Override
    public void close() {
        DataFiles.close(texts, tokenizer);
    }
}
