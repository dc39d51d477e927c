package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads MNIST's IDX files: big-endian header (0, 0, type, rank, sizes), then unsigned bytes. */
final class IdxSource implements SampleSource {

    private static final int UNSIGNED_BYTE = 0x08;
    private static final int MAX_PIXELS = 1 << 24;

    private final DataSpec.Idx spec;
    private final DataInputStream images;
    private final DataInputStream labels;
    private final int total;
    private final Sample.Extent extent;
    private int done;

    IdxSource(DataSpec.Idx spec) {
        this.spec = spec;
        images = new DataInputStream(DataFiles.open(spec.images()));
        try {
            labels = new DataInputStream(DataFiles.open(spec.labels()));
        } catch (RuntimeException e) {
            DataFiles.close(images);
            throw e;
        }
        try {
            int[] dims = header(spec.images(), images, 3);
            int labelCount = header(spec.labels(), labels, 1)[0];
            if (dims[0] != labelCount) {
                throw new BadInputException(
                        spec.images() + " holds " + dims[0] + " images and " + spec.labels() + " " + labelCount
                                + " labels",
                        "name the label file that belongs to the images");
            }
            total = labelCount;
            extent = new Sample.Extent(1, dims[1], dims[2]);
            if (extent.size() < 1 || extent.size() > MAX_PIXELS) {
                throw new BadInputException(
                        spec.images() + " claims images of " + dims[1] + "x" + dims[2] + " pixels",
                        "the header is damaged");
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static int[] header(Path file, DataInputStream in, int rank) {
        try {
            int magic = in.readInt();
            if (magic != (UNSIGNED_BYTE << 8 | rank)) {
                throw new BadInputException(
                        "%s starts with 0x%08x, not with IDX's 0x%08x (unsigned bytes of rank %d)"
                                .formatted(file, magic, UNSIGNED_BYTE << 8 | rank, rank),
                        "give the files in this order: idx:IMAGES,LABELS");
            }
            var dims = new int[rank];
            for (int i = 0; i < rank; i++) {
                dims[i] = in.readInt();
                if (dims[i] < 0) {
                    throw new BadInputException(file + " claims a size of " + dims[i], "the header is damaged");
                }
            }
            return dims;
        } catch (EOFException e) {
            throw new BadInputException(file + " ends inside its header", "fetch the file again", e);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public @Nullable Sample next() {
        if (done == total) {
            return null;
        }
        var where = spec.images() + " image " + done;
        var pixels = new byte[(int) extent.size()];
        int label;
        try {
            images.readFully(pixels);
            label = labels.readUnsignedByte();
        } catch (EOFException e) {
            throw new BadInputException(
                    where + ": the images or labels end here, " + total + " were announced", "fetch the file again", e);
        } catch (IOException e) {
            throw DataFiles.unreadable(spec.images(), e);
        }
        done++;
        return Sample.ofPixels(pixels, extent, label, where);
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public void close() {
        DataFiles.close(images, labels);
    }
}
