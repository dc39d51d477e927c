package dev.coppice.runtime.ort;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.ValueInfo;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An ONNX file open in ONNX Runtime. Safe for use by several threads; closed once. */
public final class OrtModel implements AutoCloseable {

    private final Path path;
    private final OrtSession session;
    private final List<ValueInfo> inputs;
    private final List<ValueInfo> outputs;

    private OrtModel(Path path, OrtSession session) throws OrtException {
        this.path = path;
        this.session = session;
        this.inputs = OrtTypes.describe(session.getInputInfo());
        this.outputs = OrtTypes.describe(session.getOutputInfo());
    }

    /**
     * Opens an ONNX file; its external data is read from the same folder.
     *
     * @throws BadModelException when the file is missing or ONNX Runtime refuses it
     */
    public static OrtModel open(Path path, OrtOptions options) {
        if (!Files.isRegularFile(path)) {
            throw new BadModelException("no model file at " + path, "check the path");
        }
        return open(path, options, all -> OrtLibrary.environment().createSession(path.toString(), all));
    }

    /**
     * Opens the bytes of an ONNX file without external data; they may go once it is open.
     *
     * @param name what errors call the model
     * @throws BadModelException when ONNX Runtime refuses it
     */
    public static OrtModel open(Path name, ByteBuffer bytes, OrtOptions options) {
        return open(name, options, all -> OrtLibrary.environment().createSession(bytes, all));
    }

    private interface Opening {
        OrtSession open(OrtSession.SessionOptions options) throws OrtException;
    }

    private static OrtModel open(Path path, OrtOptions options, Opening opening) {
        try (var sessionOptions = OrtLibrary.sessionOptions()) {
            sessionOptions.setIntraOpNumThreads(options.threads());
            sessionOptions.setInterOpNumThreads(1);
            sessionOptions.addConfigEntry("session.intra_op.allow_spinning", options.spinning() ? "1" : "0");
            sessionOptions.setOptimizationLevel(OrtTypes.level(options.optimization()));
            sessionOptions.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            return wrap(path, opening.open(sessionOptions));
        } catch (OrtException e) {
            throw OrtTypes.refused("ONNX Runtime cannot open " + path, e);
        }
    }

    private static OrtModel wrap(Path path, OrtSession session) throws OrtException {
        try {
            return new OrtModel(path, session);
        } catch (OrtException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** Returns the name and version of the runtime, such as {@code ONNX Runtime 1.29.0}. */
    public static String runtimeName() {
        return "ONNX Runtime " + OrtLibrary.environment().getVersion();
    }

    /** Says whether tensors of a type can be inputs; the Java API of ONNX Runtime knows fewer types than ONNX. */
    public static boolean canBeFed(DType type) {
        return OrtTypes.canBeFed(type);
    }

    public Path path() {
        return path;
    }

    /** Returns the inputs that must be fed, in the model's order, with symbolic and unknown dimensions. */
    public List<ValueInfo> inputs() {
        return inputs;
    }

    /** Returns the outputs in the model's order; the type is null for one that is no tensor. */
    public List<ValueInfo> outputs() {
        return outputs;
    }

    /**
     * Runs the model once and copies every numeric output.
     *
     * @throws dev.coppice.ir.BadInputException when the tensors do not fit the declared inputs
     * @throws BadModelException when ONNX Runtime fails
     */
    public Map<String, HostTensor> run(Map<String, HostTensor> tensors) {
        try (var call = prepare(tensors)) {
            return call.fetch();
        }
    }

    /** Binds input tensors for repeated runs; close the result before this model. */
    public OrtCall prepare(Map<String, HostTensor> tensors) {
        return OrtCall.bind(this, session, tensors);
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw OrtTypes.refused("ONNX Runtime cannot close " + path, e);
        }
    }
}
