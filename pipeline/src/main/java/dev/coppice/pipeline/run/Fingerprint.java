package dev.coppice.pipeline.run;

import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.Recovery;
import dev.coppice.pipeline.report.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What identifies a run, so that checkpoints of others are not taken for its own. */
public final class Fingerprint {

    private Fingerprint() {}

    /** Returns the hash of a recipe, of its model and of the files that it names. */
    public static String of(Recipe recipe) {
        var settings = OptionTable.affecting(recipe.describe(), Affects.RANKING, Affects.CUT, Affects.RUN);
        var text = new StringBuilder(Provenance.sha256OfModel(recipe.model())).append(Json.line(settings));
        if (recipe.cut() instanceof Recipe.FromPlan(Path file, var _)) {
            text.append(Provenance.sha256(file));
        }
        recipe.recovery()
                .flatMap(Recovery::rewindTo)
                .flatMap(Recovery.Rewind::model)
                .ifPresent(file -> text.append(Provenance.sha256OfModel(file)));
        return Provenance.sha256(text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
