package dev.coppice.cli;

import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.report.Json;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** What all commands say alike: text or JSON on stdout, progress on stderr where a person watches. */
final class Console {

    private static final long REDRAW_NANOS = 100_000_000;

    private final CommandSpec command;
    private final Argument<Boolean> json;
    private long lastDrawn;
    private boolean drawn;

    /** @param json whether the user wants JSON */
    Console(CommandSpec command, Argument<Boolean> json) {
        this.command = command;
        this.json = json;
    }

    /** Prints a part of a text that comes step by step; with {@code --json} nothing. */
    void say(Supplier<String> text) {
        if (!json.isSet()) {
            print(text, Map::of);
        }
    }

    /** Prints the result, making only the form that was asked for. */
    void print(Supplier<String> text, Supplier<Map<String, Object>> document) {
        if (drawn) {
            erase();
        }
        var out = command.commandLine().getOut();
        out.print(json.isSet() ? Json.write(document.get()) : text.get());
        out.flush();
    }

    /** Returns a listener that draws one line on stderr, when stderr is a terminal. */
    @SuppressWarnings("SystemConsoleNull") // JDK 25 returns null again where nobody sits
    Progress progress() {
        var console = System.console();
        boolean watched = console != null && console.isTerminal() && System.getenv("CI") == null;
        return new Progress() {
            @Override
            public void update(Event event) {
                if (watched) {
                    draw(event);
                }
            }

            @Override
            public boolean stopRequested() {
                return Interruption.requested();
            }
        };
    }

    private void draw(Progress.Event event) {
        long now = System.nanoTime();
        if (drawn && now - lastDrawn < REDRAW_NANOS && event.done() < event.total()) {
            return;
        }
        lastDrawn = now;
        drawn = true;
        System.err.print("\r\033[K" + ProgressLine.of(event));
        System.err.flush();
    }

    private void erase() {
        System.err.print("\r\033[K");
        System.err.flush();
        drawn = false;
    }
}
