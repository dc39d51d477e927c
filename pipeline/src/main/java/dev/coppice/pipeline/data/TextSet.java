package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.text.TokenInput;
import dev.coppice.pipeline.data.text.TokenizedTexts;
import dev.coppice.train.data.TrainBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Texts to learn from, tokenized once. Texts of similar length share a batch, so that little is padded: an epoch's order is sorted by
 * length inside chunks, cut into batches, and the batches are shuffled. A model without an attention mask would see the padding:
 * for it only texts of one length share a batch, and none is dropped.
 */
final class TextSet implements Dataset {

    /** Batches that are sorted by length together. */
    private static final int CHUNK = 32;

    private final TokenInput input;
    private final Batching batching;
    private final List<int[]> texts = new ArrayList<>();
    private final int batches;

    /** Reads and tokenizes all texts. */
    TextSet(DataSpec.Texts spec, DataOptions options, List<ValueInfo> inputs, Batching wanted) {
        input = TokenInput.of(inputs);
        batching = wanted.fixedTo(input.fixedBatch());
        try (var source = new TokenizedTexts(spec, options, input.fixedLength(), wanted.maxLength())) {
            for (var ids = source.next(); ids != null; ids = source.next()) {
                texts.add(Arrays.stream(ids).mapToInt(Math::toIntExact).toArray());
            }
        }
        if (texts.isEmpty()) {
            throw new BadInputException("there are no texts in " + spec.text(), "give one text a line");
        }
        batches = cut(0).size();
    }

    @Override
    public int batches() {
        return batches;
    }

    @Override
    public int batchSize() {
        return batching.size();
    }

    @Override
    public Pass epoch(int number) {
        var cut = cut(number);
        var order = batching.shuffle()
                ? Draws.of(batching.seed(), number, cut.size()).permutation(cut.size())
                : batching.order(cut.size(), number);
        return (batch, memory) -> batch(memory, cut.get(order[batch]));
    }

    private List<int[]> cut(int epoch) {
        var order = batching.order(texts.size(), epoch);
        int used = input.hasMask()
                ? batching.batches(texts.size()) * Math.min(batching.size(), texts.size())
                : texts.size();
        int chunk = input.hasMask() ? CHUNK * batching.size() : texts.size();
        var cut = new ArrayList<int[]>();
        for (int from = 0; from < used; from += chunk) {
            cutChunk(Arrays.copyOfRange(order, from, Math.min(used, from + chunk)), cut);
        }
        return cut;
    }

    private void cutChunk(int[] chunk, List<int[]> cut) {
        var sorted = new ArrayList<Integer>();
        for (int text : chunk) {
            sorted.add(text);
        }
        sorted.sort((left, right) -> Integer.compare(length(left), length(right)));
        int from = 0;
        for (int i = 1; i <= sorted.size(); i++) {
            boolean full = i == sorted.size() || i - from == batching.size();
            if (full || !mayJoin(sorted.get(from), sorted.get(i))) {
                cut.add(sorted.subList(from, i).stream().mapToInt(n -> n).toArray());
                from = i;
            }
        }
    }

    private boolean mayJoin(int first, int text) {
        return input.hasMask() || length(first) == length(text);
    }

    private int length(int text) {
        return texts.get(text).length;
    }

    private TrainBatch batch(TensorMemory memory, int[] members) {
        var sequences = new ArrayList<long[]>(members.length);
        for (int member : members) {
            sequences.add(Arrays.stream(texts.get(member)).asLongStream().toArray());
        }
        return TrainTensors.batch(input.collate(sequences, memory), members.length, Optional.empty());
    }
}
