package dev.coppice.pipeline.data;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonToken;
import dev.coppice.ir.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/** A Hugging Face tokenizer from a {@code tokenizer.json}; nothing is downloaded. */
final class TextTokenizer implements AutoCloseable {

    private static final int DEFAULT_LENGTH = 128;
    private static final String HINT = "give the tokenizer.json that belongs to the model";

    private final HuggingFaceTokenizer tokenizer;

    private TextTokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a tokenizer that truncates as its file says (at 128 tokens when it says nothing), and never pads.
     *
     * @param longest a model's limit of tokens; 0 for none
     * @param wanted truncates there, whatever the file says; the model's limit holds all the same
     */
    static TextTokenizer open(Path file, int longest, OptionalInt wanted) {
        int chosen = wanted.orElse(ownLength(file));
        int length = longest > 0 ? Math.min(longest, chosen) : chosen;
        // DJL would look for a native library that fits the machine's GPU, and download it.
        System.setProperty("ai.djl.offline", "true");
        var options = Map.of("padding", "false", "truncation", "true", "maxLength", Integer.toString(length));
        try {
            return new TextTokenizer(HuggingFaceTokenizer.newInstance(file, options));
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        } catch (RuntimeException e) {
            throw new BadInputException(file + " is no tokenizer: " + e.getMessage(), HINT, e);
        }
    }

    /** Returns {@code truncation.max_length} of the file, or the default. */
    private static int ownLength(Path file) {
        try (var in = DataFiles.open(file);
                var json = new JsonFactory().createParser(in)) {
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
                        return json.getIntValue();
                    }
                    json.skipChildren();
                }
            }
            return DEFAULT_LENGTH;
        } catch (JsonParseException e) {
            throw new BadInputException(file + " is no tokenizer: " + e.getOriginalMessage(), HINT, e);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    /** Returns the ids of a text with the special tokens that the tokenizer adds. */
    long[] encode(String text) {
        return tokenizer.encode(text).getIds();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
