package dev.coppice.pipeline.data.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * A Hugging Face tokenizer from a {@code tokenizer.json}, in a process of its own ({@link TokenizerProcess}); nothing is downloaded.
 *
 * <p>A file from a stranger, or a text that does not suit it, can make the native library abort, overflow its stack or never end. That
 * then befalls the other process, and here becomes a {@link BadInputException}.
 */
final class TextTokenizer implements AutoCloseable {

    private static final int DEFAULT_LENGTH = 128;
    private static final int LARGEST_FILE = 1 << 28;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String HINT = "give the tokenizer.json that belongs to the model";

    private final Path file;
    private final NativeWorker worker;
    private final DataOutputStream texts;
    private final DataInputStream answers;

    private TextTokenizer(Path file, NativeWorker worker) {
        this.file = file;
        this.worker = worker;
        this.texts = new DataOutputStream(new BufferedOutputStream(worker.in()));
        this.answers = new DataInputStream(new BufferedInputStream(worker.out()));
    }

    /**
     * Opens a tokenizer that truncates as its file says (at 128 tokens when it says nothing), and never pads.
     *
     * @param longest a model's limit of tokens; 0 for none
     * @param wanted truncates there, whatever the file says; the model's limit holds all the same
     */
    public static TextTokenizer open(Path file, int longest, OptionalInt wanted) {
        var json = content(file);
        int own = ownLength(file, json);
        int chosen = wanted.orElse(own);
        int length = longest > 0 ? Math.min(longest, chosen) : chosen;
        var tokenizer = new TextTokenizer(file, NativeWorker.start(TokenizerProcess.class, PATIENCE));
        try {
            tokenizer.send(json, length);
            return tokenizer;
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static String content(Path file) {
        try (var in = DataFiles.open(file)) {
            var bytes = in.readNBytes(LARGEST_FILE);
            if (bytes.length == LARGEST_FILE) {
                throw new BadInputException(file + " is no tokenizer: it is larger than 256 MB", HINT);
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    /** Returns {@code truncation.max_length} of the file, or the default. */
    private static int ownLength(Path file, String content) {
        try (var json = new JsonFactory().createParser(content)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new BadInputException(file + " is no tokenizer: it holds no JSON object", HINT);
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean truncation = json.currentName().equals("truncation");
                boolean object = json.nextToken() == JsonToken.START_OBJECT;
                if (!truncation || !object) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean length = json.currentName().equals("max_length");
                    if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && length) {
                        return positive(file, json.getIntValue());
                    }
                    json.skipChildren();
                }
            }
            return DEFAULT_LENGTH;
        } catch (JsonProcessingException e) {
            throw new BadInputException(file + " is no tokenizer: " + e.getOriginalMessage(), HINT, e);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    private static int positive(Path file, int length) {
        if (length < 1) {
            throw new BadInputException(file + " truncates at " + length + " tokens", HINT);
        }
        return length;
    }

    private void send(String json, int length) {
        worker.busy();
        try {
            TokenizerProcess.write(texts, json);
            texts.writeInt(length);
            texts.flush();
            read(" is no tokenizer: ");
        } catch (IOException e) {
            throw died(e);
        }
    }

    /**
     * Returns the ids of a text with the special tokens that the tokenizer adds.
     *
     * @throws BadInputException when the native library fails
     */
    long[] encode(String text) {
        worker.busy();
        try {
            TokenizerProcess.write(texts, text);
            texts.flush();
            return read(" cannot tokenize '" + shortened(text) + "': ");
        } catch (IOException e) {
            throw died(e);
        }
    }

    private long[] read(String complaint) throws IOException {
        int count = answers.readInt();
        if (count == TokenizerProcess.REFUSED) {
            throw new BadInputException(file + complaint + TokenizerProcess.read(answers), HINT);
        }
        var ids = new long[count];
        for (int i = 0; i < count; i++) {
            ids[i] = answers.readLong();
        }
        worker.idle();
        return ids;
    }

    private BadInputException died(IOException e) {
        return new BadInputException(file + " is no sound tokenizer: its native library " + worker.end(), HINT, e);
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "..." : text;
    }

    @Override
    public void close() {
        worker.close();
    }
}
