package dev.coppice.pipeline.data.text;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Texts as token ids, one after the other. */
public final class TokenizedTexts implements AutoCloseable {

    private final TextSource texts;
    private final TextTokenizer tokenizer;
    private long done;

    /**
     * Opens texts and their tokenizer.
     *
     * @param fixedLength the length that the model insists on; 0 for none
     * @param maxLength the most tokens of a text, special ones included; empty for what the tokenizer's file says
     */
    public TokenizedTexts(DataSpec.Texts spec, DataOptions options, int fixedLength, OptionalInt maxLength) {
        var file = options.requireTokenizer(spec);
        texts = TextSource.open(spec, options);
        try {
            tokenizer = TextTokenizer.open(file, fixedLength, maxLength);
        } catch (RuntimeException e) {
            texts.close();
            throw e;
        }
    }

    /**
     * Returns the next text's ids, or null after the last one.
     *
     * @throws BadInputException for a text without tokens
     */
    public long @Nullable [] next() {
        var text = texts.next();
        if (text == null) {
            return null;
        }
        done++;
        var ids = tokenizer.encode(text);
        if (ids.length == 0) {
            throw new BadInputException("text " + done + " has no tokens: '" + text + "'", "remove the line");
        }
        return ids;
    }

    /** Returns the number of texts, or 0 when only reading would tell. */
    public long total() {
        return texts.total();
    }

    @Override
    public void close() {
        DataFiles.close(texts, tokenizer);
    }
}
