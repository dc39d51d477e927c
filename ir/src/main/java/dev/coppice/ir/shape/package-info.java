/**
 * Infers the element type and shape of every value of a model, and what is known of the integers that shapes are computed from.
 *
 * <p>In: a model and, if wanted, the shapes of its inputs. Out: {@link dev.coppice.ir.shape.Shapes}. Operators are covered by
 * families, one table of rules each; what no rule covers is unknown unless the model declares it.
 *
 * <pre>{@code
 * Shapes shapes = ShapeInference.infer(model, Map.of("input_ids", Shape.of(1, 128)));
 * Optional<Shape> hidden = shapes.shape("last_hidden_state");
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.shape;

import org.jspecify.annotations.NullMarked;
