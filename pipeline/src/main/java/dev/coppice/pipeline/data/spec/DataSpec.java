package dev.coppice.pipeline.data.spec;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.file.NpzArrays;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** Where data is and in which form; {@link #parse} reads the form used on the command line and in recipes. */
public sealed interface DataSpec {

    /** Images or vectors, most of them with a class. */
    sealed interface Samples extends DataSpec {}

    /** Texts, which a tokenizer turns into ids. */
    sealed interface Texts extends DataSpec {}

    /** MNIST's format: unsigned bytes [N,H,W] and [N]; gzipped or not. */
    record Idx(Path images, Path labels) implements Samples {}

    /** CIFAR-10 as PNG files of 1024 x 10000 pixels, one image a row, with labels in JSON. */
    record Cifar10(Path dir) implements Samples {}

    /** NumPy arrays by input name, samples along the first axis; {@code y} holds the labels. */
    record Npz(Path file) implements DataSpec {}

    /** Numbers separated by commas, the label last; one header line is allowed. */
    record Csv(Path file) implements Samples {}

    /** A folder per class, or files whose leading number is the class. */
    record Images(Path dir) implements Samples {}

    /** Windows of 256 token ids, little-endian uint16. */
    record Tokens(Path file) implements DataSpec {}

    /** One text a line, no labels. */
    record Text(Path file) implements Texts {}

    /** STS-B: TAB separated, score in column 5, sentences in columns 6 and 7 (counted from 1), no quoting. */
    record Sts(Path file) implements Texts {}

    /**
     * Retrieval in the layout of BEIR (Thakur et al. 2021): {@code corpus.jsonl}, {@code queries.jsonl} and {@code qrels/test.tsv}. Its
     * documents are there to train on, its queries only to judge by.
     */
    record Beir(Path dir) implements Texts {}

    /** The 1,797 handwritten digits of 8 x 8 pixels that come with Coppice. */
    record Digits() implements Samples {}

    /** The forms that {@link #parse} understands, one a line, for messages and help. */
    String FORMS = "idx:IMAGES,LABELS | cifar10:DIR | npz:FILE | csv:FILE | images:DIR | tokens:FILE.u16 | text:FILE"
            + " | sts:FILE | beir:DIR | digits";

    /**
     * Reads a specification such as {@code csv:train.csv}; files are looked at only when the data is opened.
     *
     * @throws UsageException for an unknown or malformed one
     */
    static DataSpec parse(String text) {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        return switch (kind) {
            case "idx" -> idx(text, rest);
            case "cifar10" -> new Cifar10(path(text, rest));
            case "npz" -> new Npz(path(text, rest));
            case "csv" -> new Csv(path(text, rest));
            case "images" -> new Images(path(text, rest));
            case "tokens" -> new Tokens(path(text, rest));
            case "text" -> new Text(path(text, rest));
            case "sts" -> new Sts(path(text, rest));
            case "beir" -> new Beir(path(text, rest));
            case "digits" -> {
                if (colon >= 0) {
                    throw malformed(text, "digits takes no file: the data comes with Coppice");
                }
                yield new Digits();
            }
            default -> throw malformed(text, "one of " + FORMS);
        };
    }

    /** Says whether the data has a training and a test part of its own. */
    default boolean hasSplits() {
        return this instanceof Cifar10 || this instanceof Digits || this instanceof Beir;
    }

    /**
     * Says whether nothing but other outputs tells how good a model's are: texts, and archives without {@code y} for this model.
     *
     * @param inputs the model's inputs: an array {@code y} is one of them where it is called so
     * @throws dev.coppice.ir.BadInputException when an archive cannot be read
     */
    default boolean isUnlabelled(List<ValueInfo> inputs) {
        return this instanceof Text || (this instanceof Npz(var file) && !NpzArrays.hasLabels(file, inputs));
    }

    /** Returns the files that the data is in, sorted. */
    default List<Path> files() {
        return switch (this) {
            case Idx(var images, var labels) -> List.of(images, labels);
            case Cifar10(var dir) -> DataFiles.under(dir);
            case Images(var dir) -> DataFiles.under(dir);
            case Npz(var file) -> List.of(file);
            case Csv(var file) -> List.of(file);
            case Tokens(var file) -> List.of(file);
            case Text(var file) -> List.of(file);
            case Sts(var file) -> List.of(file);
            case Beir(var dir) ->
                List.of(dir.resolve("corpus.jsonl"), dir.resolve("qrels/test.tsv"), dir.resolve("queries.jsonl"));
            case Digits() -> List.of();
        };
    }

    /** Returns the form that {@link #parse} reads. */
    default String text() {
        return switch (this) {
            case Idx(var images, var labels) -> "idx:" + images + "," + labels;
            case Cifar10(var dir) -> "cifar10:" + dir;
            case Npz(var file) -> "npz:" + file;
            case Csv(var file) -> "csv:" + file;
            case Images(var dir) -> "images:" + dir;
            case Tokens(var file) -> "tokens:" + file;
            case Text(var file) -> "text:" + file;
            case Sts(var file) -> "sts:" + file;
            case Beir(var dir) -> "beir:" + dir;
            case Digits() -> "digits";
        };
    }

    private static Idx idx(String text, String rest) {
        int comma = rest.indexOf(',');
        if (comma < 0 || rest.indexOf(',', comma + 1) >= 0) {
            throw malformed(text, "idx takes two files: idx:IMAGES,LABELS");
        }
        return new Idx(path(text, rest.substring(0, comma)), path(text, rest.substring(comma + 1)));
    }

    private static Path path(String text, String rest) {
        if (rest.isEmpty()) {
            throw malformed(text, "name a file or folder after the colon");
        }
        try {
            return Path.of(rest);
        } catch (InvalidPathException e) {
            throw new UsageException("cannot understand data '" + text + "'", "no path on this system", e);
        }
    }

    private static UsageException malformed(String text, String hint) {
        return new UsageException("cannot understand data '" + text + "'", hint);
    }
}
