package dev.coppice.pipeline.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.pipeline.progress.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellRunTest {

    @TempDir
    Path folder;

    /** The squares of numbers; those in {@code broken} cannot be squared. */
    private static final class Squares implements Cells<Integer, String, Long> {

        private static final long FAILED = -1;

        private final Set<Integer> broken;
        private final Set<Integer> ran = new ConcurrentSkipListSet<>();

        Squares(Integer... broken) {
            this.broken = Set.of(broken);
        }

        @Override
        public String key(Integer cell) {
            return "n" + Math.abs(cell);
        }

        @Override
        public Long run(Integer cell) {
            ran.add(cell);
            if (broken.contains(cell)) {
                throw new BadInputException("no square of " + cell, "leave it out");
            }
            return (long) cell * cell;
        }

        @Override
        public Long failed(Integer cell, CoppiceException reason) {
            assertThat(reason).hasMessage("no square of " + cell);
            return FAILED;
        }

        @Override
        public Map<String, Object> line(Integer cell, Long result) {
            return Map.of("key", key(cell), "square", result);
        }

        @Override
        public Optional<Map.Entry<String, Long>> read(Map<String, Object> line) {
            return line.get("key") instanceof String key && line.get("square") instanceof Long square
                    ? Optional.of(Map.entry(key, square))
                    : Optional.empty();
        }

        @Override
        public boolean isFinal(Long result) {
            return result != FAILED;
        }
    }

    private CellRun.Outcome<String, Long> run(Squares squares, Workers workers, Progress progress, Integer... cells) {
        try (var log = CellLog.open(folder.resolve("cells.jsonl"))) {
            return CellRun.run("square", squares, List.of(cells), Optional.of(log), workers, progress);
        }
    }

    @Test
    void onlyWhatIsMissingIsRun() {
        run(new Squares(), new LocalWorkers(2), Progress.NONE, 1, 2, 3);
        var again = new Squares();
        var outcome = run(again, new LocalWorkers(2), Progress.NONE, 1, 2, 3, 4, 5);
        assertThat(again.ran).containsExactly(4, 5);
        assertThat(outcome.repeated()).isEqualTo(3);
        assertThat(outcome.results())
                .containsOnlyKeys("n1", "n2", "n3", "n4", "n5")
                .containsEntry("n5", 25L);
    }

    @Test
    void whatFailedIsKeptAndTriedAgain() {
        var outcome = run(new Squares(2), new LocalWorkers(1), Progress.NONE, 1, 2, 3);
        assertThat(outcome.results()).containsEntry("n2", Squares.FAILED).containsEntry("n3", 9L);
        assertThat(outcome.complete()).isTrue();
        var again = new Squares();
        assertThat(run(again, new LocalWorkers(1), Progress.NONE, 1, 2, 3).results())
                .containsEntry("n2", 4L);
        assertThat(again.ran).containsExactly(2);
    }

    @Test
    void cellsOfOneKeyAreRunOnce() {
        var squares = new Squares();
        var outcome = run(squares, new LocalWorkers(1), Progress.NONE, 3, -3, 3);
        assertThat(squares.ran).containsExactly(3);
        assertThat(outcome.repeated()).isEqualTo(2);
    }

    @Test
    void aStoppedRunGoesOnWhereItWas() {
        var squares = new Squares();
        var stopping = new Progress() {
            private volatile long done;

            @Override
            public void update(Event event) {
                this.done = event.done();
            }

            @Override
            public boolean stopRequested() {
                return done >= 2;
            }
        };
        assertThat(run(squares, new LocalWorkers(1), stopping, 1, 2, 3, 4).complete())
                .isFalse();
        assertThat(squares.ran).containsExactly(1, 2);
        var again = new Squares();
        assertThat(run(again, new LocalWorkers(1), Progress.NONE, 1, 2, 3, 4).complete())
                .isTrue();
        assertThat(again.ran).containsExactly(3, 4);
    }

    @Test
    void progressCountsFinishedCellsThoseOfBeforeAmongThem() {
        run(new Squares(), new LocalWorkers(1), Progress.NONE, 1);
        var seen = new ArrayList<String>();
        Progress listener = event -> seen.add(event.stage() + " " + event.done() + "/" + event.total());
        run(new Squares(), new LocalWorkers(1), listener, 1, 2, 3);
        assertThat(seen).containsExactly("square 1/3", "square 2/3", "square 3/3");
    }

    @Test
    void othersMayWorkInAnotherOrder() {
        var backwards = new Workers() {
            @Override
            public <U, R> void run(List<U> units, Function<U, R> work, Listener<U, R> listener) {
                units.reversed().forEach(unit -> listener.finished(unit, work.apply(unit)));
            }
        };
        assertThat(new TreeSet<>(run(new Squares(), backwards, Progress.NONE, 1, 2, 3)
                        .results()
                        .values()))
                .containsExactly(1L, 4L, 9L);
    }

    /** A bug is no failed cell. */
    @Test
    void otherExceptionsEndTheRun() {
        var broken = new Workers.Listener<Integer, Integer>() {
            @Override
            public void finished(Integer unit, Integer result) {}

            @Override
            public void failed(Integer unit, CoppiceException reason) {}

            @Override
            public boolean stopRequested() {
                return false;
            }
        };
        assertThatThrownBy(() -> new LocalWorkers(2).run(List.of(1, 0), unit -> 1 / unit, broken))
                .isInstanceOf(ArithmeticException.class);
    }
}
