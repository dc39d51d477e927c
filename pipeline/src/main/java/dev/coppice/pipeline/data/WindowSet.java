package dev.coppice.pipeline.data;

import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.text.TokenInput;
import dev.coppice.pipeline.data.text.TokenWindows;
import dev.coppice.train.data.TrainBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Windows of token ids to learn from; what to predict is in the windows themselves. */
final class WindowSet implements Dataset {

    private final TokenInput input;
    private final Batching batching;
    private final List<char[]> windows = new ArrayList<>();

    /** Loads all windows. */
    WindowSet(DataSpec.Tokens spec, DataOptions options, List<ValueInfo> inputs, Batching wanted) {
        input = TokenInput.of(inputs);
        batching = wanted.fixedTo(input.fixedBatch());
        try (var source = new TokenWindows(spec, options)) {
            for (var window = source.next(); window != null; window = source.next()) {
                windows.add(window);
            }
        }
    }

    @Override
    public int batches() {
        return batching.batches(windows.size());
    }

    @Override
    public int batchSize() {
        return batching.size();
    }

    @Override
    public Pass epoch(int number) {
        var order = batching.order(windows.size(), number);
        return (batch, memory) -> batch(memory, batching.members(order, batch));
    }

    private TrainBatch batch(TensorMemory memory, int[] members) {
        var sequences = new ArrayList<long[]>(members.length);
        for (int member : members) {
            sequences.add(TokenWindows.widen(windows.get(member)));
        }
        return TrainTensors.batch(input.collate(sequences, memory), members.length, Optional.empty());
    }
}
