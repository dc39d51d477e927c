package dev.coppice.cli;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.arch.Architecture;
import dev.coppice.pipeline.arch.ImageSize;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code coppice new}: writes a classic network with fresh weights, to be trained. */
@Command(
        name = "new",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Writes a classic network with fresh weights as ONNX, ready to be trained.",
        footer = {
            "",
            "Examples:",
            "  coppice new lenet5 -o lenet5.onnx",
            "  coppice new resnet20 -o resnet20.onnx --classes 100 --seed 1",
            "  coppice new lenet300 -o digits.onnx --input 1x8x8"
        })
final class NewCommand implements Callable<Integer> {

    @Parameters(paramLabel = "ARCH", description = Architecture.NAMES)
    private String architecture;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "Where to write the model.")
    private Path output;

    @Option(names = "--classes", paramLabel = "N", description = "Width of the last layer; default 10.")
    private int classes = 10;

    @Option(
            names = "--input",
            paramLabel = "CxHxW",
            description = "Size of an input; default 1x28x28 (MNIST) for lenets, 3x32x32 (CIFAR) for the others.")
    private @Nullable String input;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the weights; default 0.")
    private long seed;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var chosen = Architecture.parse(architecture);
        var size = input == null ? chosen.defaultInput() : ImageSize.parse(input);
        OnnxWriter.requireWritable(output);
        var model = chosen.build(size, classes, seed);
        OnnxWriter.write(model, output);
        long parameters = Architecture.trainable(model);
        console.print(() -> text(chosen, size, parameters), () -> describe(chosen, size, parameters));
        return ExitCode.DONE;
    }

    private String text(Architecture chosen, ImageSize size, long parameters) {
        return "%s: %s with %,d parameters, images of %s to %,d classes%n"
                .formatted(output, chosen.name(), parameters, size, classes);
    }

    private Map<String, Object> describe(Architecture chosen, ImageSize size, long parameters) {
        var document = new LinkedHashMap<String, Object>();
        document.put("output", output.toString());
        document.put("architecture", chosen.name());
        document.put("input", size.toString());
        document.put("classes", classes);
        document.put("seed", seed);
        document.put("parameters", parameters);
        return document;
    }
}
