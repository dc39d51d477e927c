package dev.coppice.pipeline.data;

import static dev.coppice.pipeline.data.DataTesting.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.ValueInfo;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever bytes a data file holds: it is read, or refused with a typed error. */
class DamagedDataTest {

    private static final int MUTATIONS = 400;

    @TempDir
    private Path folder;

    private void mutate(byte[] valid, String name, String spec, ValueInfo input) throws IOException {
        int refused = 0;
        for (int seed = 0; seed < MUTATIONS; seed++) {
            var random = new Random(seed);
            var bytes = random.nextInt(4) == 0 ? Arrays.copyOf(valid, random.nextInt(valid.length)) : valid.clone();
            for (int i = 0; i < 1 + random.nextInt(4) && bytes.length > 0; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(folder.resolve(name), bytes);
            try {
                DataTesting.read(spec, 2, input);
            } catch (CoppiceException _) {
                refused++;
            } catch (RuntimeException | Error e) {
                fail("mutation " + seed + " of " + name + " led to " + e, e);
            }
        }
        assertThat(refused).as("mutations of %s that were noticed", name).isGreaterThan(MUTATIONS / 10);
    }

    @Test
    void picturesAreReadOrRefused() throws IOException {
        for (var format : new String[] {"png", "jpg"}) {
            var out = new ByteArrayOutputStream();
            ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), format, out);
            var dir = Files.createDirectories(folder.resolve(format));
            mutate(out.toByteArray(), format + "/1." + format, "images:" + dir, floats(-1, 3, 8, 8));
        }
    }

    @Test
    void archivesAreReadOrRefused() throws IOException {
        var header = "\u0093NUMPY\1\0\106\0{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }          \n";
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("x.npy"));
            zip.write(Arrays.copyOf(header.getBytes(StandardCharsets.ISO_8859_1), 96));
            zip.closeEntry();
        }
        mutate(out.toByteArray(), "a.npz", "npz:" + folder.resolve("a.npz"), floats(-1, 2));
    }

    @Test
    void idxFilesAreReadOrRefused() throws IOException {
        var images = new byte[] {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4};
        var labels = Files.write(folder.resolve("labels"), new byte[] {0, 0, 8, 1, 0, 0, 0, 2, 5, 6});
        mutate(images, "images", "idx:" + folder.resolve("images") + "," + labels, floats(-1, 2));
    }

    @Test
    void tablesAreReadOrRefused() throws IOException {
        var rows = "a,b,label\n1,2,0\n-3.5,4e1,1\n".getBytes(StandardCharsets.UTF_8);
        mutate(rows, "t.csv", "csv:" + folder.resolve("t.csv"), floats(-1, 2));
    }
}
