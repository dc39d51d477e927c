package dev.coppice.bench.law;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.structure.Law;
import dev.coppice.pipeline.structure.LawSettings;
import dev.coppice.pipeline.structure.LawViolation;
import dev.coppice.pipeline.structure.PlaceholderWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Checks the law of structured pruning on models.
 *
 * <pre>LawCheck ROUNDS SEED MODEL...</pre>
 */
public final class LawCheck {

    private LawCheck() {}

    /** Runs the command; exits with 1 when a cut broke the law. */
    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println("usage: LawCheck ROUNDS SEED MODEL...");
            System.exit(2);
        }
        int rounds = Integer.parseInt(args[0]);
        long seed = Long.parseLong(args[1]);
        int broken = 0;
        var folder = Files.createTempDirectory("law");
        try {
            for (var file : Arrays.stream(args).skip(2).map(Path::of).toList()) {
                broken += check(file, rounds, seed, folder) ? 0 : 1;
            }
        } finally {
            try (var files = Files.list(folder)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        System.exit(broken == 0 ? 0 : 1);
    }

    private static boolean check(Path file, int rounds, long seed, Path folder) throws IOException {
        var name =
                file.getParent() == null ? file.toString() : file.getParent().getFileName() + "/" + file.getFileName();
        try {
            var settings = LawSettings.of(seed).withRounds(rounds).withShapes(Exports.shapes(file));
            var done = Law.check(model(file), settings, folder);
            System.out.println("ok      " + name + ": " + summary(done));
            return true;
        } catch (LawViolation e) {
            System.out.println("BROKEN  " + name + ": " + e.getMessage());
        } catch (RuntimeException e) {
            System.out.println("FAILED  " + name + ": " + e);
            e.printStackTrace();
        }
        return false;
    }

    static Model model(Path file) {
        var model = OnnxReader.read(file);
        return file.getFileName().toString().startsWith("light_") ? PlaceholderWeights.fill(model, 1) : model;
    }

    private static String summary(List<Law.Round> rounds) {
        var exact = rounds.stream().filter(round -> !round.normalised()).toList();
        return "%d cuts of %d units, error %.1e of an effect of %.1e; normalised: %d cuts of %d units"
                .formatted(
                        exact.size(),
                        exact.stream().mapToInt(Law.Round::units).sum(),
                        exact.stream().mapToDouble(Law.Round::error).max().orElse(0),
                        exact.stream().mapToDouble(Law.Round::effect).min().orElse(0),
                        rounds.size() - exact.size(),
                        rounds.stream()
                                .filter(Law.Round::normalised)
                                .mapToInt(Law.Round::units)
                                .sum());
    }
}
