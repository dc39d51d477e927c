package dev.coppice.cli;

import dev.coppice.ir.file.Outputs;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.arch.Architecture;
import dev.coppice.pipeline.arch.ImageSize;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code coppice new}: writes a classic network with fresh weights, to be trained. */
final class NewCommand extends CliCommand {

    private final Argument<String> architecture;
    private final Argument<Path> output;
    private final Argument<Integer> classes;
    private final Argument<String> input;
    private final Argument<Long> seed;

    NewCommand() {
        super("new", "Writes a classic network with fresh weights as ONNX, ready to be trained.");
        architecture = parameter("ARCH", String.class, Architecture.NAMES);
        output = output(true);
        classes = option("--classes", "N", Integer.class, "10", "Width of the last layer; default 10.");
        input = option(
                "--input",
                "CxHxW",
                String.class,
                "Size of an input; default 1x28x28 (MNIST) for lenets, 3x32x32 (CIFAR) for the others.");
        seed = option("--seed", "N", Long.class, "0", "Seed of the weights; default 0.");
        footer(
                "",
                "Examples:",
                "  coppice new lenet5 -o lenet5.onnx",
                "  coppice new resnet20 -o resnet20.onnx --classes 100 --seed 1",
                "  coppice new lenet300 -o digits.onnx --input 1x8x8");
    }

    @Override
    public Integer call() {
        var chosen = Architecture.parse(architecture.value());
        var size = input.given().map(ImageSize::parse).orElseGet(chosen::defaultInput);
        Outputs.requireWritable(output.value());
        var model = chosen.build(size, classes.value(), seed.value());
        OnnxWriter.write(model, output.value());
        long parameters = Architecture.trainable(model);
        console.print(() -> text(chosen, size, parameters), () -> describe(chosen, size, parameters));
        return ExitCode.DONE;
    }

    private String text(Architecture chosen, ImageSize size, long parameters) {
        return "%s: %s with %,d parameters, images of %s to %,d classes%n"
                .formatted(output.value(), chosen.name(), parameters, size, classes.value());
    }

    private Map<String, Object> describe(Architecture chosen, ImageSize size, long parameters) {
        var document = new LinkedHashMap<String, Object>();
        document.put("output", output.value().toString());
        document.put("architecture", chosen.name());
        document.put("input", size.toString());
        document.put("classes", classes.value());
        document.put("seed", seed.value());
        document.put("parameters", parameters);
        return document;
    }
}
