package dev.coppice.ir.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/**
 * The name of the file beside a model that holds its large tensors, as {@code model-k3j9.data} beside {@code model.onnx}: the end of
 * the SHA-256 of the content is part of it. Files of other content have other names, so that a data file is never replaced, and a model
 * and its data cannot be torn: the model says which file is its own. Of four digits it is as long as {@code model.onnx.data}, as the
 * name stands in the model once for each tensor.
 */
final class DataFile {

    private static final String ENDING = ".data";
    private static final int DIGITS = 4;

    /** Digits of a whole SHA-256 in base 36. */
    private static final int MOST_DIGITS = 50;

    private static final int LONGEST_NAME = 255;
    private static final Pattern NAME = Pattern.compile("(?:(?<stem>.*)-)?(?<digits>[0-9a-z]{4,50})(?:\\.data)?");

    private DataFile() {}

    /** Returns a name as long as the data file's will be where nothing speaks for a shorter one. */
    static String longest(Path model) {
        return name(model, LONGEST_NAME, "0".repeat(DIGITS));
    }

    /**
     * Returns where some content goes: where nothing is yet, or the same content.
     *
     * @param most bytes of the name, if at all possible
     * @param digest of the content
     * @param content a file that holds it
     */
    static Path at(Path model, int most, byte[] digest, Path content) throws IOException {
        for (int digits = DIGITS; digits <= MOST_DIGITS; digits++) {
            var file = model.resolveSibling(name(model, most, end(digest, digits)));
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    || (Files.isRegularFile(file) && Files.mismatch(file, content) < 0)) {
                return file;
            }
        }
        throw new IOException("files with names of data files are in its way");
    }

    private static String name(Path model, int most, String digits) {
        var name = model.getFileName().toString();
        var stem = name.endsWith(".onnx") ? name.substring(0, name.length() - ".onnx".length()) : name;
        int room = Math.min(most, LONGEST_NAME) - digits.length() - ENDING.length() - 1;
        while (stem.getBytes(UTF_8).length > room && !stem.isEmpty()) {
            stem = stem.substring(0, stem.offsetByCodePoints(stem.length(), -1));
        }
        if (!stem.isEmpty()) {
            return stem + "-" + digits + ENDING;
        }
        return room < -1 ? digits : digits + ENDING;
    }

    /**
     * Says whether a file was written as the data of a model of that name: by its own name, and by its content.
     *
     * @throws IOException when it cannot be read
     */
    static boolean belongsTo(Path model, Path file) throws IOException {
        var name = NAME.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return false;
        }
        var stem = name.group("stem");
        return (stem == null || model.getFileName().toString().startsWith(stem))
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && end(digest(file), name.group("digits").length()).equals(name.group("digits"));
    }

    private static byte[] digest(Path file) throws IOException {
        var digest = sha256();
        try (var in = Files.newInputStream(file)) {
            var buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return digest.digest();
    }

    /** Returns the last digits: the first ones are not all equally likely. */
    private static String end(byte[] digest, int digits) {
        var text = "0".repeat(MOST_DIGITS) + new BigInteger(1, digest).toString(Character.MAX_RADIX);
        return text.substring(text.length() - digits);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
