package dev.coppice.runtime.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.coppice.ir.host.ProcessEnvironment;
import dev.coppice.ir.host.TemporaryFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Loads ONNX Runtime: without its telemetry, and without leaving its libraries in the temporary folder.
 *
 * <p>The first touch of its Java classes loads the natives, which then send usage data unless a variable of the environment says no.
 * So nothing else may make an environment or session options (a test guards that).
 */
final class OrtLibrary {

    /** Where ONNX Runtime's loader looks before it unpacks its libraries itself. */
    private static final String PLACE = "onnxruntime.native.path";

    private static @Nullable OrtEnvironment environment;

    private OrtLibrary() {}

    /** Returns the process's one environment, told to print nothing: every error is thrown. */
    static synchronized OrtEnvironment environment() {
        if (environment == null) {
            boolean silenced = ProcessEnvironment.preset("ORT_DISABLE_TELEMETRY", "1");
            environment = System.getProperty(PLACE) == null ? unpackAndLoad() : load();
            if (!silenced) {
                silenceEvents(environment);
            }
        }
        return environment;
    }

    /** Returns new session options; the caller closes them. */
    static OrtSession.SessionOptions sessionOptions() {
        environment();
        return new OrtSession.SessionOptions();
    }

    private static OrtEnvironment load() {
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "coppice");
    }

    /** ONNX Runtime would unpack into a folder that it cannot delete. A library that is loaded needs its file no more. */
    private static OrtEnvironment unpackAndLoad() {
        try (var folder = TemporaryFolder.make("onnxruntime")) {
            if (!unpacked(folder)) {
                return load();
            }
            System.setProperty(PLACE, folder.file("").toString());
            var loaded = load();
            deleteEmptyFolder();
            return loaded;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack ONNX Runtime: " + e.getMessage(), e);
        } finally {
            System.clearProperty(PLACE);
        }
    }

    /** Says whether the libraries for this platform were found and unpacked. */
    private static boolean unpacked(TemporaryFolder folder) throws IOException {
        for (var name : List.of("onnxruntime", "onnxruntime4j_jni")) {
            var file = System.mapLibraryName(name);
            try (var library =
                    OrtEnvironment.class.getResourceAsStream("/ai/onnxruntime/native/" + platform() + "/" + file)) {
                if (library == null) {
                    return false;
                }
                Files.copy(library, folder.file(file));
            }
        }
        return true;
    }

    private static String platform() {
        var system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        var name = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
        return name + (System.getProperty("os.arch").equals("aarch64") ? "-aarch64" : "-x64");
    }

    /** The loader makes its own folder in any case, and says nowhere which. */
    private static void deleteEmptyFolder() {
        try {
            var folder = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("tempDirectory");
            folder.setAccessible(true);
            Files.deleteIfExists((Path) folder.get(null));
        } catch (ReflectiveOperationException | RuntimeException | IOException _) {
            // It is empty, and ONNX Runtime deletes it when the JVM ends.
        }
    }

    /** On Windows the events go to the system's own tracing, and this call ends them. */
    private static void silenceEvents(OrtEnvironment loaded) {
        try {
            loaded.setTelemetry(false);
        } catch (OrtException e) {
            throw OrtTypes.refused("ONNX Runtime cannot end its telemetry", e);
        }
    }
}
