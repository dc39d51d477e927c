/**
 * Computes operators on constants: data movement on every element type, arithmetic on integers, booleans and floats.
 *
 * <p>In: a node and the tensors on its inputs. Out: the tensors on its outputs, or nothing where an operator, an element type
 * or a size is outside of what is computed here. Shape inference and constant folding both stand on this.
 *
 * <pre>{@code
 * Optional<List<Tensor>> outputs = ConstantEvaluator.evaluate(transpose, List.of(weight), 1 << 20);
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.eval;

import org.jspecify.annotations.NullMarked;
