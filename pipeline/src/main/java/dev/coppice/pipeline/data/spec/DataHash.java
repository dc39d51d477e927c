package dev.coppice.pipeline.data.spec;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Identifies data by what its files hold, samples and labels alike. */
public final class DataHash {

    private DataHash() {}

    /**
     * Returns the SHA-256 of the names and contents of all files that data is read from, the tokenizer's too; hidden files do not count.
     *
     * @throws BadInputException when one of them cannot be read
     */
    public static String of(DataSpec spec, DataOptions options) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(spec.text().getBytes(StandardCharsets.UTF_8));
            for (var file : spec.files()) {
                if (!DataFiles.name(file).startsWith(".")) {
                    add(digest, file);
                }
            }
            options.tokenizer().ifPresent(file -> add(digest, file));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void add(MessageDigest digest, Path file) {
        DataFiles.requireFile(file);
        digest.update((byte) 0);
        digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        try (var in = Files.newInputStream(file)) {
            var buffer = new byte[1 << 16];
            long size = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                size += read;
            }
            digest.update(Long.toString(size).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }
}
