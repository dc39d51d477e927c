package dev.coppice.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets Ctrl-C wait until long work has put its state away. Watches from the first time that such work asks, and only in a JVM that
 * {@link Main} has {@linkplain #enable started}: in another one the end of a command is not the end of the JVM.
 */
final class Interruption {

    /** What saving may take; after that the JVM ends all the same. */
    private static final long PATIENCE_SECONDS = 60;

    private static final CountDownLatch FINISHED = new CountDownLatch(1);

    private static volatile boolean requested;
    private static boolean enabled;
    private static boolean watching;

    private Interruption() {}

    /** Says that {@link #workIsOver} will be called before the JVM ends. */
    static synchronized void enable() {
        enabled = true;
    }

    /** Says whether the user wants to stop. */
    static synchronized boolean requested() {
        if (enabled && !watching) {
            watching = true;
            Runtime.getRuntime().addShutdownHook(new Thread(Interruption::waitForWork, "interruption"));
        }
        return requested;
    }

    private static void waitForWork() {
        requested = true;
        try {
            if (!FINISHED.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("coppice: not everything could be saved");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the JVM end: the work is over. */
    static void workIsOver() {
        FINISHED.countDown();
    }
}
