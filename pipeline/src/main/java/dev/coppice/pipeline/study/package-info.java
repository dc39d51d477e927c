/**
 * Runs declared experiments: a grid of settings, each cell a whole run of pruning and recovery.
 *
 * <p>In: a study file (YAML: settings, models, grid). Out: a run directory with a line of JSON for each finished cell, tables (Markdown,
 * CSV), pictures (SVG) and a page; a killed study goes on where it was.
 *
 * <pre>{@code
 * var study = StudyFile.read(Path.of("bench/studies/criteria.yaml"));
 * var result = StudyRun.run(study, new StudyRun.Options(Path.of("runs/criteria"), 2), progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.study;

import org.jspecify.annotations.NullMarked;
