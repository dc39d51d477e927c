package dev.coppice.bench.throughput;

import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.train.DivergedException;
import dev.coppice.train.Trainer;
import dev.coppice.train.torch.Libtorch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Times steps of one workload: Coppice's trainer and the direct one in turn, so that both meet the same machine, and each as often
 * before the other as after it: whoever is second finds memory and threads warm.
 *
 * <p>Arguments: data folder, shared folder, workload, threads, rounds.
 */
public final class Throughput {

    private static final int WARM_UP = 5;

    private Throughput() {}

    public static void main(String[] arguments) throws DivergedException {
        int threads = Integer.parseInt(arguments[3]);
        int rounds = Integer.parseInt(arguments[4]);
        Libtorch.use(threads);
        var workload = Workload.named(arguments[2], Path.of(arguments[0]), Path.of(arguments[1]));
        var coppice = new ArrayList<Double>();
        var direct = new ArrayList<Double>();
        double loss = Double.NaN;
        double directLoss = Double.NaN;
        try (var trainer = new Trainer(workload.model(), Optional.empty(), workload.spec(), threads);
                var rival = new DirectTrainer(workload)) {
            for (int round = -WARM_UP; round < rounds; round++) {
                var times = round < 0
                        ? List.<List<Double>>of(new ArrayList<>(), new ArrayList<>())
                        : List.of(coppice, direct);
                boolean first = round % 2 == 0;
                long start = System.nanoTime();
                directLoss = first ? directLoss : rival.step();
                long begin = System.nanoTime();
                loss = trainer.step(workload.batch(), workload.rate()).loss();
                long end = System.nanoTime();
                directLoss = first ? rival.step() : directLoss;
                times.get(0).add((end - begin) / 1e6);
                times.get(1).add((first ? System.nanoTime() - end : begin - start) / 1e6);
            }
        }
        requireSame(loss, directLoss);
        var result = new LinkedHashMap<String, Object>(Map.of("coppice", coppice, "direct", direct));
        result.put("loss", loss);
        result.put("directLoss", directLoss);
        result.put("java", Provenance.here(threads).get("java"));
        System.out.println(Json.line(result));
    }

    /** Both must have learnt the same: otherwise their times say nothing about each other. */
    private static void requireSame(double loss, double direct) {
        if (!(Math.abs(loss - direct) <= 1e-2 * Math.max(Math.abs(loss), 1e-3))) {
            throw new IllegalStateException("the losses differ: " + loss + " and " + direct);
        }
    }
}
