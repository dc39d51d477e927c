package dev.coppice.pipeline.data.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.coppice.ir.host.TemporaryFolder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The process that {@link TextTokenizer} gives its texts to. The tokenizers' native library answers some files and texts with an abort
 * of its whole process, which here is only this one.
 *
 * <p>In: the tokenizer's JSON and the most tokens of a text, then texts. Out, for each: how many ids, and the ids; or {@link #REFUSED}
 * and the library's reason. Strings are UTF-8 behind their length.
 */
final class TokenizerProcess {

    /** Stands in the place of a count. */
    static final int REFUSED = -1;

    private final TokenizersLibrary library = TokenizersLibrary.LIB;
    private final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>(1);
    private final DataOutputStream out;
    private long handle;

    private TokenizerProcess(DataOutputStream out) {
        this.out = out;
    }

    /** Serves the parent until it closes the stream, or ends. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var in = new DataInputStream(new BufferedInputStream(new FileInputStream(FileDescriptor.in)));
        var out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        new TokenizerProcess(out).serve(in);
    }

    private void serve(DataInputStream in) throws IOException, InterruptedException {
        load();
        var json = read(in);
        int longest = in.readInt();
        try {
            handle = library.createTokenizerFromString(json);
            library.disablePadding(handle);
            library.setTruncation(handle, longest, "LONGEST_FIRST", 0);
            answer(new long[0]);
        } catch (RuntimeException e) {
            refuse(e);
        }
        // A thread of its own: the end of the parent must be seen while the library is lost in a text.
        Thread.ofPlatform().daemon().start(() -> listen(in));
        while (true) {
            answer(texts.take());
        }
    }

    /**
     * Loads the library as its Java classes would, who also ask the network and write to the user's home. A library that is loaded needs
     * its file no more.
     */
    @SuppressWarnings("restricted")
    private static void load() throws IOException {
        var name = System.mapLibraryName("tokenizers");
        var resource = "/native/lib/" + platform() + "/cpu/" + name;
        try (var folder = TemporaryFolder.make("tokenizers");
                var packed = TokenizersLibrary.class.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new IOException("there is no " + resource);
            }
            Files.copy(packed, folder.file(name));
            System.load(folder.file(name).toString());
        }
    }

    private static String platform() {
        var system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        var name = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
        return name + (System.getProperty("os.arch").equals("aarch64") ? "-aarch64" : "-x86_64");
    }

    private void listen(DataInputStream in) {
        try {
            while (true) {
                texts.put(read(in));
            }
        } catch (IOException | InterruptedException _) {
            Runtime.getRuntime().halt(0);
        }
    }

    private void answer(String text) throws IOException {
        long[] ids;
        try {
            long encoding = library.encode(handle, text, true);
            ids = library.getTokenIds(encoding);
            library.deleteEncoding(encoding);
        } catch (RuntimeException e) {
            refuse(e);
            return;
        }
        answer(ids);
    }

    private void answer(long[] ids) throws IOException {
        out.writeInt(ids.length);
        for (long id : ids) {
            out.writeLong(id);
        }
        out.flush();
    }

    private void refuse(RuntimeException failure) throws IOException {
        out.writeInt(REFUSED);
        write(out, String.valueOf(failure.getMessage()));
        out.flush();
    }

    static void write(DataOutputStream out, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static String read(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}
