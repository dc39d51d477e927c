package dev.coppice.pipeline.run;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.measure.FileSizes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells where a result comes from: versions, machine, time, and the hashes of the files involved. */
public final class Provenance {

    private Provenance() {}

    /** Returns the facts about this program and machine. */
    public static Map<String, Object> here(int threads) {
        var facts = new LinkedHashMap<String, Object>();
        var version = Provenance.class.getPackage().getImplementationVersion();
        facts.put("coppice", version == null ? "unpackaged" : version);
        facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("architecture", System.getProperty("os.arch"));
        facts.put("cpu", cpu());
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        facts.put("threads", threads);
        return facts;
    }

    /** Returns the SHA-256 of a file in hexadecimal; throws {@link BadInputException} when it cannot be read. */
    public static String sha256(Path file) {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            var buffer = new byte[1 << 20];
            while (in.read(buffer) >= 0) {
                // reading feeds the digest
            }
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (IOException e) {
            throw new BadInputException("cannot read " + file + ": " + e.getMessage(), "check its permissions", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Returns what identifies a model: the SHA-256 of its file, or of those of all its files where tensors lie in others. */
    public static String sha256OfModel(Path model) {
        var files = FileSizes.files(model);
        if (files.size() == 1) {
            return sha256(model);
        }
        var all = files.stream().map(Provenance::sha256).collect(Collectors.joining(" "));
        return sha256(all.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the SHA-256 of some bytes in hexadecimal. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String cpu() {
        var info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return "unknown";
        }
        try (var lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
    }
}
