/**
 * Knows what a layer is: which operators multiply by weights and by which of their operands, how each lays its weight out as a matrix
 * of output features by reduction axis ({@link dev.coppice.ir.layer.Layouts}), and which stored elements such a matrix is made of
 * ({@link dev.coppice.ir.layer.StorageOrder}, {@link dev.coppice.ir.layer.UnitGrid}).
 *
 * <p>In: nodes and the weights found behind their operands. Out: matrices over the stored tensors.
 *
 * <pre>{@code
 * WeightMatrix matrix = Layouts.of(conv, 1, weight); // [outC, inC/groups * kH * kW]
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.layer;

import org.jspecify.annotations.NullMarked;
