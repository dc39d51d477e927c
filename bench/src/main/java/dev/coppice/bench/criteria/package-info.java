/**
 * Compares criteria with each other and with chance, and measures what collecting their evidence costs.
 *
 * <p>In: fetched models and data. Out: one line of JSON for each criterion, pattern and model, and a page of tables.
 *
 * <pre>CriteriaTable bench/results/criteria.jsonl docs/criteria-results.md resnet20 minilm</pre>
 */
@NullMarked
package dev.coppice.bench.criteria;

import org.jspecify.annotations.NullMarked;
