package dev.coppice.pipeline.data;

import dev.coppice.ir.UsageException;
import java.util.OptionalInt;

/**
 * How training data is cut into batches.
 *
 * @param size samples of a batch; a size that the model's input fixes wins
 * @param seed with an epoch's number, decides the order and the augmentation of that epoch
 * @param shuffle whether samples come in a new order in every epoch; otherwise in the data's
 * @param augmentation what happens to images, anew in every epoch
 * @param maxLength the most tokens of a text, special ones included; empty for what the tokenizer's file says
 * @param repeat whether every epoch has the batches of the first one, in an order of its own
 */
public record Batching(
        int size, long seed, boolean shuffle, Augmentation augmentation, OptionalInt maxLength, boolean repeat) {

    public Batching {
        if (size < 1) {
            throw new UsageException("batches of " + size + " samples", "give 1 or more");
        }
        if (maxLength.isPresent() && maxLength.getAsInt() < 1) {
            throw new UsageException("texts of at most " + maxLength.getAsInt() + " tokens", "give 1 or more");
        }
    }

    /** Returns shuffled batches without augmentation. */
    public static Batching of(int size, long seed) {
        return new Batching(size, seed, true, Augmentation.none(), OptionalInt.empty(), false);
    }

    public Batching inOrder() {
        return new Batching(size, seed, false, augmentation, maxLength, repeat);
    }

    public Batching withAugmentation(Augmentation steps) {
        return new Batching(size, seed, shuffle, steps, maxLength, repeat);
    }

    public Batching withMaxLength(int tokens) {
        return new Batching(size, seed, shuffle, augmentation, OptionalInt.of(tokens), repeat);
    }

    /** Returns batches of the size that a model insists on, if it does (a positive number). */
    Batching fixedTo(int fixed) {
        return fixed > 0 ? new Batching(fixed, seed, shuffle, augmentation, maxLength, repeat) : this;
    }

    /** Returns how many batches an epoch has: full ones, or a single smaller one when there are too few samples for one. */
    int batches(int samples) {
        return Math.max(1, samples / size);
    }

    /** Returns the numbers of all samples in the order of an epoch. */
    int[] order(int samples, int epoch) {
        if (shuffle) {
            return Draws.of(seed, epoch).permutation(samples);
        }
        var order = new int[samples];
        for (int i = 0; i < samples; i++) {
            order[i] = i;
        }
        return order;
    }

    /** Returns the numbers of a batch's samples. */
    int[] members(int[] order, int batch) {
        int length = Math.min(size, order.length);
        var members = new int[length];
        System.arraycopy(order, batch * length, members, 0, length);
        return members;
    }
}
