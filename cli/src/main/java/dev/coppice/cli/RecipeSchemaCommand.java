package dev.coppice.cli;

import dev.coppice.pipeline.recipe.RecipeSchema;
import dev.coppice.pipeline.report.Json;

/** {@code coppice recipe-schema}: prints what a recipe may say, for editors that check and complete. */
final class RecipeSchemaCommand extends CliCommand {

    RecipeSchemaCommand() {
        super("recipe-schema", "Prints the JSON Schema of recipes, by which editors check and complete them.");
        footer(
                "",
                "Example:",
                "  coppice recipe-schema > recipe.schema.json",
                "  # first line of a recipe, for YAML language servers:",
                "  # yaml-language-server: $schema=recipe.schema.json");
    }

    @Override
    public Integer call() {
        console.print(() -> Json.write(RecipeSchema.document()), RecipeSchema::document);
        return ExitCode.DONE;
    }
}
