package dev.coppice.ir.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds fetched and shared test data; see docs/data.md.
 *
 * <p>The system properties {@code coppice.data} and {@code coppice.shared} name the two folders. Without them they are
 * {@code data} in the repository's root, found upwards from the working directory, and {@code ../shared} beside it.
 */
public final class TestData {
    private TestData() {}

    /**
     * Returns the file or folder {@code relative} of the fetched data.
     *
     * @throws org.opentest4j.TestAbortedException if it is absent, which skips the calling test
     */
    public static Path data(String relative) {
        return existing(folder("coppice.data", "data").resolve(relative), "run bench/data.sh to fetch it");
    }

    /**
     * Returns the file or folder {@code relative} of the shared data beside the repository.
     *
     * @throws org.opentest4j.TestAbortedException if it is absent, which skips the calling test
     */
    public static Path shared(String relative) {
        return existing(
                folder("coppice.shared", "../shared").resolve(relative),
                "put the shared folder beside the repository (bench/data.sh cannot fetch it)");
    }

    private static Path folder(String property, String besideRoot) {
        String set = System.getProperty(property);
        return set == null ? root().resolve(besideRoot).normalize() : Path.of(set);
    }

    /** The script itself marks the root: the folder data may not exist yet, and modules have a pom.xml of their own. */
    private static Path root() {
        Path start = Path.of("").toAbsolutePath();
        for (Path at = start; at != null; at = at.getParent()) {
            if (Files.isRegularFile(at.resolve("bench/data.sh"))) {
                return at;
            }
        }
        throw new IllegalStateException("no bench/data.sh in " + start + " or above: set -Dcoppice.data");
    }

    private static Path existing(Path path, String remedy) {
        Assumptions.assumeTrue(Files.exists(path), () -> "SKIPPED, TEST DATA ABSENT: " + path + ": " + remedy);
        return path;
    }
}
