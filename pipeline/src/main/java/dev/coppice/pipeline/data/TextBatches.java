package dev.coppice.pipeline.data;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.text.TokenInput;
import dev.coppice.pipeline.data.text.TokenizedTexts;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Batches of tokenized texts of similar length: texts are sorted inside chunks, so that little is padded. */
final class TextBatches implements Batches {

    private static final int CHUNK = 1024;
    private static final int DOCUMENT = 256; // tokens

    private final TokenizedTexts texts;
    private final TokenInput input;
    private final int batchSize;
    private final Deque<List<Encoded>> ready = new ArrayDeque<>();
    private long done;

    private record Encoded(long number, List<Long> ids) {}

    TextBatches(DataSpec.Texts spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        this.input = TokenInput.of(inputs);
        this.texts = new TokenizedTexts(spec, options, input.fixedLength(), longest(spec));
        this.batchSize = input.fixedBatch() > 0 ? input.fixedBatch() : batchSize;
    }

    /** Documents are read further than the 128 tokens at which many a tokenizer's file cuts off. */
    private static OptionalInt longest(DataSpec.Texts spec) {
        return spec instanceof DataSpec.Beir ? OptionalInt.of(DOCUMENT) : OptionalInt.empty();
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
                input.collate(sequences, HostTensor::allocate),
                batch.size(),
                List.of(),
                batch.stream().map(text -> text.ids().size()).toList(),
                batch.stream().map(Encoded::number).toList());
    }

    private void readChunk() {
        var chunk = new ArrayList<Encoded>();
        while (chunk.size() < CHUNK) {
            var ids = texts.next();
            if (ids == null) {
                break;
            }
            chunk.add(new Encoded(done++, Arrays.stream(ids).boxed().toList()));
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

    /** A model without an attention mask would see the padding: only texts of one length share a batch. */
    private boolean mayJoin(Encoded first, Encoded text) {
        return input.hasMask() || first.ids().size() == text.ids().size();
    }

    @Override
    public long total() {
        return texts.total();
    }

    @Override
    public void close() {
        texts.close();
    }
}
