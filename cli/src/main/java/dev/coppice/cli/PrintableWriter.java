package dev.coppice.cli;

import dev.coppice.pipeline.report.Printable;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;

/** Prints to the terminal what {@link Printable} lets through: names in a model must not steer it. */
final class PrintableWriter extends Writer {

    private final PrintWriter out;

    private PrintableWriter(PrintStream out) {
        this.out = new PrintWriter(out, true, out.charset());
    }

    static PrintWriter of(PrintStream out) {
        return new PrintWriter(new PrintableWriter(out), true);
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
        out.write(Printable.lines(new String(text, from, length)));
    }

    @Override
    public void write(String text, int from, int length) throws IOException {
        out.write(Printable.lines(text.substring(from, from + length)));
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {
        out.close();
    }
}
