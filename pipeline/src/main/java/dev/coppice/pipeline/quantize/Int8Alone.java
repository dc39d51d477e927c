package dev.coppice.pipeline.quantize;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.TemporaryFolder;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.prune.Selection;
import dev.coppice.prune.quantize.DynamicInt8;
import dev.coppice.prune.quantize.Int8Site;
import dev.coppice.prune.quantize.Int8Sites;
import dev.coppice.prune.quantize.Quantization;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The honest rival of every pruned model: the same model in int8 and nothing else, in a temporary file while it is measured. */
public final class Int8Alone implements AutoCloseable {

    private static final Set<String> PRODUCTS = Set.of("MatMul", "Gemm");
    private static final Set<String> LINEAR = Set.of("MatMul", "Gemm", "Conv");

    private final TemporaryFolder folder;

    private Int8Alone(TemporaryFolder folder) {
        this.folder = folder;
    }

    /** Returns the file of the model in int8. */
    public Path file() {
        return folder.file("int8.onnx");
    }

    /**
     * Estimates the bytes on disk of a model in int8 from its layers, without quantizing it; empty where no layer can be.
     *
     * @param fileBytes of the model as it is
     * @param embeddings whether tables read by Gather become int8, too
     */
    public static OptionalLong bytes(Model model, long fileBytes, boolean embeddings) {
        Set<Tensor> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        long saved = 0;
        var ops = new HashSet<>(LINEAR);
        if (embeddings) {
            ops.add("Gather");
        }
        for (var site : Int8Sites.of(model, ops, Selection.ALL).found()) {
            var weight = site.weight();
            boolean table = site.node().is("Gather");
            boolean rows = table || WeightOperator.CONV.is(site.node());
            boolean quantizable = (table || site.operand() == 1)
                    && (WeightOperator.CONV.is(site.node()) || weight.dims().size() == 2);
            if (quantizable && counted.add(weight.source())) {
                long channels = rows ? weight.dims().getFirst() : weight.dims().getLast();
                long floats = weight.source().type().bytes(weight.source().size());
                saved += floats - weight.source().size() - DType.FLOAT.bytes(channels);
            }
        }
        return saved <= 0 ? OptionalLong.empty() : OptionalLong.of(fileBytes - saved);
    }

    /**
     * Makes the dynamic int8 form of a model for which that is the right one: most of its weights are those of MatMul and Gemm.
     * Empty for others, such as convolutional networks, which need calibration data.
     *
     * @param threads that it is to run on
     */
    public static Optional<Int8Alone> dynamic(Model model, int threads) {
        var sites = Int8Sites.of(model, LINEAR, Selection.ALL).found();
        long products = weights(sites, PRODUCTS);
        if (products == 0 || products < weights(sites, Set.of("Conv"))) {
            return Optional.empty();
        }
        var request = new DynamicInt8.Request(Selection.ALL, Cpu.range(), false);
        try {
            return of(Norms.splitting(DynamicInt8.of(model, request), threads).quantize(Map.of()));
        } catch (BadModelException _) {
            return Optional.empty(); // shapes that contradict each other: the model itself may still run
        }
    }

    /** Puts a quantized model into a temporary file; empty when nothing was quantized. */
    public static Optional<Int8Alone> of(Quantization quantization) {
        if (quantization.isEmpty()) {
            return Optional.empty();
        }
        var alone = new Int8Alone(TemporaryFolder.make("int8"));
        OnnxWriter.write(quantization.model(), alone.file());
        return Optional.of(alone);
    }

    private static long weights(List<Int8Site> sites, Set<String> ops) {
        return sites.stream()
                .filter(site -> ops.contains(site.node().opType()))
                .mapToLong(site -> site.weight().size())
                .sum();
    }

    @Override
    public void close() {
        folder.close();
    }
}
