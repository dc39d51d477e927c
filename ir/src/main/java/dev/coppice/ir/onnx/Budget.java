package dev.coppice.ir.onnx;

/**
 * Bounds the heap that decoding one file may take. A few bytes of a file can ask for ten times as many bytes of heap (an empty
 * name, an empty message), so a hostile file ends here, in an error, before it exhausts the memory.
 */
final class Budget {

    static final String HINT = "the file is probably damaged; if not, give Java a larger heap (-Xmx)";

    private final long limit = Runtime.getRuntime().maxMemory() / 2;
    private long spent;

    /** Counts {@code bytes}; returns false when that is more than the limit allows. */
    boolean spend(long bytes) {
        spent += bytes;
        return spent <= limit;
    }

    String exceeded() {
        return "the structure of the model needs more than " + (limit >> 20) + " MB of memory";
    }
}
