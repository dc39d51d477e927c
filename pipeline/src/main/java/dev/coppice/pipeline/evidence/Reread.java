package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import java.util.AbstractList;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Batches that are read anew whenever they are gone through; one is in memory at a time. For one thread. */
final class Reread extends AbstractList<Batch> {

    private final Supplier<Batches> source;
    private final int size;
    private @Nullable Batches open;
    private int next;

    /** @param size how many batches the source gives, each time it is opened */
    Reread(Supplier<Batches> source, int size) {
        this.source = source;
        this.size = size;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Batch get(int index) {
        Objects.checkIndex(index, size);
        if (open == null || index < next) {
            close();
            open = source.get();
        }
        Batch batch = null;
        while (next <= index) {
            batch = open.next();
            if (batch == null) {
                throw new BadInputException(
                        "the data ended after %d batches, where there were %d before".formatted(next, size),
                        "leave the file alone while it is being read");
            }
            next++;
        }
        if (next == size) {
            close();
        }
        return Objects.requireNonNull(batch);
    }

    private void close() {
        if (open != null) {
            open.close();
        }
        open = null;
        next = 0;
    }
}
