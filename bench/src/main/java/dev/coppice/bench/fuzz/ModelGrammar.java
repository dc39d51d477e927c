package dev.coppice.bench.fuzz;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/** Makes random valid models: blocks one after the other, of convolutions, attention, recurrent cells, control flow and the rest. */
final class ModelGrammar {

    private static final List<BiConsumer<ModelText, RandomGenerator>> VECTORS = List.of(
            VectorBlocks::gemm,
            VectorBlocks::projection,
            VectorBlocks::norm,
            VectorBlocks::gated,
            VectorBlocks::quantized,
            VectorBlocks::half,
            VectorBlocks::wide,
            VectorBlocks::selection,
            VectorBlocks::branch,
            VectorBlocks::loop,
            VectorBlocks::einsum,
            VectorBlocks::generated,
            VectorBlocks::computedWeight,
            VectorBlocks::sorted);

    private static final List<BiConsumer<ModelText, RandomGenerator>> SEQUENCES = List.of(
            SequenceBlocks::attention,
            SequenceBlocks::fusedAttention,
            SequenceBlocks::grouped,
            SequenceBlocks::recurrent,
            SequenceBlocks::feedForward,
            SequenceBlocks::scan,
            SequenceBlocks::rotary,
            SequenceBlocks::skipNorm);

    private static final List<BiConsumer<ModelText, RandomGenerator>> PICTURES = List.of(
            PictureBlocks::conv,
            PictureBlocks::grouped,
            PictureBlocks::residual,
            PictureBlocks::dense,
            PictureBlocks::norm,
            PictureBlocks::pool,
            PictureBlocks::resize,
            PictureBlocks::transposed,
            PictureBlocks::shuffle,
            PictureBlocks::excite,
            PictureBlocks::folded,
            PictureBlocks::deformed);

    private ModelGrammar() {}

    /** Returns the text of a model, in the language of {@link Dsl}. */
    static String text(RandomGenerator random) {
        int kind = random.nextInt(3);
        var text = new ModelText(8 + 2 * random.nextInt(14));
        var blocks = new ArrayList<BiConsumer<ModelText, RandomGenerator>>();
        switch (kind) {
            case 0 -> text.input("float[N," + text.width() + "]");
            case 1 -> {
                text.input("float[N,S," + text.width(4 * (1 + random.nextInt(4))) + "]");
                pick(SEQUENCES, 1 + random.nextInt(4), random, blocks);
                blocks.add(SequenceBlocks::last);
            }
            default -> {
                text.input("float[N," + text.width(4 * (1 + random.nextInt(3))) + ",8,8]");
                pick(PICTURES, 1 + random.nextInt(5), random, blocks);
                blocks.add(PictureBlocks::flat);
            }
        }
        pick(VECTORS, 1 + random.nextInt(kind == 0 ? 6 : 2), random, blocks);
        blocks.forEach(block -> block.accept(text, random));
        return text.end();
    }

    private static void pick(
            List<BiConsumer<ModelText, RandomGenerator>> from,
            int count,
            RandomGenerator random,
            List<BiConsumer<ModelText, RandomGenerator>> into) {
        for (int i = 0; i < count; i++) {
            into.add(from.get(random.nextInt(from.size())));
        }
    }

    /** Returns a model; some of its constants are stored sparse or in another file, some of its nodes are in a function. */
    static Model model(RandomGenerator random) {
        return Storage.vary(Dsl.model(text(random)), random);
    }
}
