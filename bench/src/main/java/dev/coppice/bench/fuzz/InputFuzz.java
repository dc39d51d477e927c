package dev.coppice.bench.fuzz;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.NumpyFiles;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.zip.ZipEntry;

/**
 * Damages what a command reads besides the model (npz arrays, tokenizers, recipes, checkpoints) and demands the exit codes 0, 2, 3 and 4.
 * Input {@code i} of seed {@code s} uses {@code new SplittableRandom(s + i)}.
 *
 * <pre>InputFuzz RESULT.json COUNT SEED</pre>
 */
public final class InputFuzz {

    private static final int SAMPLES = 16;

    /** Tokenizers start a process each time: they have their turn once in so many. */
    private static final int RARE = 16;

    private enum Kind {
        TOKENIZER,
        NPZ,
        RECIPE,
        CHECKPOINT
    }

    private static final List<Kind> OFTEN = List.of(Kind.NPZ, Kind.RECIPE, Kind.CHECKPOINT);

    private static final List<String> WORDS = List.of(
            "null",
            "{}",
            "[]",
            "\"",
            "'",
            ": ",
            "\n",
            "- ",
            "&a *a",
            "!!int x",
            "1e999",
            "-1",
            "NaN",
            "9223372036854775808");

    private static final String TOKENIZER = """
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
             "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                       "vocab": {"[UNK]": 0, "a": 1, "b": 2, "c": 3, "##d": 4}}}
            """;

    private final Path folder;
    private final Path model;
    private final Path encoder;
    private final Checkpoint checkpoint;
    private final FuzzTally tally = new FuzzTally();

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Checkpoint(String name, byte[] bytes) {}

    /** Makes the undamaged inputs in an empty folder. */
    public InputFuzz(Path folder) throws IOException {
        this.folder = folder;
        model = folder.resolve("model.onnx");
        OnnxWriter.write(Dsl.model("""
                input x float[N,8]
                const w1 float[8,6] seed 1
                const w2 float[6,3] seed 2
                h = MatMul(x, w1)
                r = Relu(h)
                y = MatMul(r, w2)
                output y
                """), model);
        encoder = folder.resolve("encoder.onnx");
        OnnxWriter.write(Dsl.model("""
                input input_ids int64[N,L]
                const e float[8,6] seed 1
                const w float[6,3] seed 2
                h = Gather(e, input_ids)
                y = MatMul(h, w)
                output y
                """), encoder);
        Files.writeString(folder.resolve("texts.txt"), "a b c\nb a ad\nc c b\n");
        Files.write(folder.resolve("data.npz"), npz(new SplittableRandom(0), false));
        checkpoint = checkpoint();
    }

    /** Runs the command; exits with 1 when a command failed. */
    public static void main(String[] args) throws IOException {
        if (args.length != 3) {
            System.err.println("usage: InputFuzz RESULT.json COUNT SEED");
            System.exit(2);
        }
        int count = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        var fuzz = new InputFuzz(Files.createTempDirectory("coppice-fuzz-"));
        fuzz.run(seed, count);
        var result = new LinkedHashMap<String, Object>();
        result.put("inputs", count);
        result.put("seed", seed);
        result.putAll(fuzz.tally.describe());
        result.put("provenance", Provenance.here(1));
        Files.writeString(Path.of(args[0]), Json.write(result));
        System.out.print(Json.write(result));
        System.exit(fuzz.failures().isEmpty() ? 0 : 1);
    }

    /** Puts {@code count} damaged inputs through the commands that read them. */
    public void run(long seed, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            var random = new SplittableRandom(seed + i);
            var kind = i % RARE == 0 ? Kind.TOKENIZER : OFTEN.get(random.nextInt(OFTEN.size()));
            var command = switch (kind) {
                case TOKENIZER -> tokenizer(random);
                case NPZ -> arrays(random);
                case RECIPE -> recipe(random);
                case CHECKPOINT -> resumed(random);
            };
            var name = kind.name().toLowerCase(Locale.ROOT);
            tally.add(
                    name,
                    "input %d, %s".formatted(seed + i, name),
                    CommandOrdeal.run(command, folder.resolve("out.onnx")));
        }
    }

    /** Returns what failed: the seed of the input, its kind and how the command ended. */
    public List<String> failures() {
        return tally.failures();
    }

    /** Returns how often the inputs of each kind ended how. */
    public Map<String, Long> endings() {
        return tally.endings();
    }

    private List<String> tokenizer(RandomGenerator random) throws IOException {
        var file = folder.resolve("tokenizer.json");
        Files.write(file, damaged(TOKENIZER.getBytes(StandardCharsets.UTF_8), random));
        var texts = "text:" + folder.resolve("texts.txt");
        return prune(encoder, "--criterion", "wanda", "--data", texts, "--tokenizer", file.toString());
    }

    private List<String> arrays(RandomGenerator random) throws IOException {
        var file = folder.resolve("damaged.npz");
        Files.write(file, npz(random, true));
        return random.nextBoolean()
                ? List.of("evaluate", model.toString(), "--data", "npz:" + file, "--threads", "1")
                : prune(model, "--criterion", "wanda", "--data", "npz:" + file);
    }

    /** Leaves the lines that say where files lie as they are: damaged ones could lie anywhere. */
    private List<String> recipe(RandomGenerator random) throws IOException {
        var file = folder.resolve("recipe.yaml");
        var head = "model: %s%noutput: %s%n".formatted(model, folder.resolve("out.onnx"));
        var rest =
                "sparsity: 0.5\nallocate: global\nlayers: {\"w*\": 0.2}\nkeep: [\"none*\"]\nsteps: 2\nseed: 3\nthreads: 1\n";
        var bytes = damaged(rest.getBytes(StandardCharsets.UTF_8), random);
        Files.write(file, joined(head.getBytes(StandardCharsets.UTF_8), bytes));
        return List.of("run", file.toString());
    }

    private List<String> resumed(RandomGenerator random) throws IOException {
        Files.deleteIfExists(folder.resolve("run/receipt.json"));
        // One in eight is whole, and goes on: else nothing would tell a refusal of damage from one of everything.
        var bytes = random.nextInt(8) == 0 ? checkpoint.bytes() : damaged(checkpoint.bytes(), random);
        var place = folder.resolve("run/checkpoints");
        for (var file : files(place)) {
            Files.delete(file);
        }
        Files.write(place.resolve(checkpoint.name()), bytes);
        return List.of("resume", folder.resolve("run").toString());
    }

    /** Trains to the end, and takes the newest checkpoint. */
    private Checkpoint checkpoint() throws IOException {
        var output = folder.resolve("out.onnx");
        var run = folder.resolve("run").toString();
        var data = "npz:" + folder.resolve("data.npz");
        var command = new ArrayList<>(List.of("train", model.toString(), "-o", output.toString(), "--run", run));
        command.addAll(List.of("--data", data, "--epochs", "2", "--batch", "4", "--threads", "1"));
        var ending = CommandOrdeal.run(command, output);
        if (ending.code() != 0) {
            throw new IllegalStateException("no checkpoint to damage: " + ending);
        }
        var newest = files(folder.resolve("run/checkpoints")).getLast();
        return new Checkpoint(newest.getFileName().toString(), Files.readAllBytes(newest));
    }

    private static List<Path> files(Path place) throws IOException {
        try (var files = Files.list(place)) {
            return files.sorted().toList();
        }
    }

    /** Damages the whole archive, or what is in it before it is packed: checksums then hold. */
    private byte[] npz(RandomGenerator random, boolean damage) throws IOException {
        var x = NumpyFiles.data(SAMPLES * 8 * Float.BYTES);
        var y = ByteBuffer.allocate(SAMPLES * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < SAMPLES; i++) {
            y.putLong(i % 3);
        }
        var arrays = new LinkedHashMap<String, byte[]>();
        arrays.put("x", NumpyFiles.npy(1, "<f4", "%d, 8".formatted(SAMPLES), x));
        arrays.put("y", NumpyFiles.npy(1, "<i8", "%d,".formatted(SAMPLES), y.flip()));
        boolean inside = damage && random.nextBoolean();
        if (inside) {
            arrays.replaceAll((_, bytes) -> random.nextBoolean() ? damaged(bytes, random) : bytes);
        }
        var file = folder.resolve("packed.npz");
        var packed = Files.readAllBytes(
                NumpyFiles.npz(file, random.nextBoolean() ? ZipEntry.DEFLATED : ZipEntry.STORED, arrays));
        return damage && !inside ? damaged(packed, random) : packed;
    }

    /** Changes bytes at one to three places: flips a bit, cuts off, takes out, doubles, or puts a word in. */
    private static byte[] damaged(byte[] bytes, RandomGenerator random) {
        var result = bytes;
        for (int times = 1 + random.nextInt(3); times > 0 && result.length > 1; times--) {
            // Headers are short: half of the damage is there.
            int within = random.nextBoolean() ? Math.min(result.length, 160) : result.length;
            int at = random.nextInt(within);
            int to = Math.min(result.length, at + 1 + random.nextInt(16));
            var front = Arrays.copyOf(result, at);
            result = switch (random.nextInt(5)) {
                case 0 -> {
                    var flipped = result.clone();
                    flipped[at] ^= (byte) (1 << random.nextInt(8));
                    yield flipped;
                }
                case 1 -> front;
                case 2 -> joined(front, Arrays.copyOfRange(result, to, result.length));
                case 3 -> joined(Arrays.copyOf(result, to), Arrays.copyOfRange(result, at, result.length));
                default -> {
                    var word = WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8);
                    yield joined(joined(front, word), Arrays.copyOfRange(result, at, result.length));
                }
            };
        }
        return result;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        var both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private List<String> prune(Path file, String... settings) {
        var command = new ArrayList<>(List.of(
                "prune",
                file.toString(),
                "-o",
                folder.resolve("out.onnx").toString(),
                "--sparsity",
                "0.5",
                "--threads",
                "1"));
        command.addAll(List.of(settings));
        return command;
    }
}
