"""Compare a file that Coppice pruned by magnitude with an independent naive implementation, bit for bit.

usage: verify_pruned.py [--criterion C] [--granularity G] [--allocate A] [--sparsity S] DENSE PRUNED

Every weight must be zero exactly where the reference prunes (or was zero before) and unchanged elsewhere; every other
constant, and the nodes, inputs and outputs of the graph, must be as in DENSE. Prints each deviation; exits with 1 when
there is one.
"""

import os
import sys

import numpy as np
import onnx
from onnx import numpy_helper

import masks
import options
from weights import Constants, find_weights


def structure(graph):
    """Return what pruning must not touch: nodes without the values of Constant nodes, inputs and outputs."""
    nodes = []
    for node in graph.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        if node.op_type == "Constant":
            del copy.attribute[:]
        nodes.append(copy.SerializeToString(deterministic=True))
    return nodes, [v.name for v in graph.input], [v.name for v in graph.output]


def bits(array):
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def weight_deviation(weight, mask, tensor):
    """Return what is wrong with a pruned weight, or None."""
    if tensor is None:
        return "is missing"
    actual = numpy_helper.to_array(tensor).reshape(-1)
    if actual.dtype != weight.values.dtype or actual.size != weight.values.size:
        return f"has become {actual.dtype} of {actual.size} elements"
    expected = np.where(mask, weight.values.dtype.type(0), weight.values)
    if np.array_equal(bits(expected), bits(actual)):
        return None
    wrong = np.flatnonzero(expected != actual)
    return (
        f"differs at {wrong.size} of {actual.size} elements (first: {wrong[:3].tolist()}): "
        f"reference prunes {int(mask.sum())}, file has {int((actual == 0).sum())} zeros"
    )


def untouched_deviations(dense, pruned, weight_names):
    """Yield the constants outside the weights that were changed or lost although an operator still reads them."""
    used = {name for node in pruned.node for name in node.input} | {value.name for value in pruned.output}
    before, after = Constants(dense).tensors, Constants(pruned).tensors
    for name, tensor in before.items():
        if name in weight_names:
            continue
        if name not in after:
            if name in used:
                yield f"constant {name} is missing"
        elif not np.array_equal(bits(numpy_helper.to_array(tensor)), bits(numpy_helper.to_array(after[name]))):
            yield f"constant {name} was changed but is no weight"


def rest_deviations(args, dense, pruned, weight_names):
    """Yield what else changed: other constants, the graph, the size of the file."""
    yield from untouched_deviations(dense.graph, pruned.graph, weight_names)
    if structure(dense.graph) != structure(pruned.graph):
        yield "nodes, inputs or outputs of the graph were changed"
    if os.path.getsize(args.pruned) > os.path.getsize(args.dense):
        yield f"the file grew from {os.path.getsize(args.dense)} to {os.path.getsize(args.pruned)} bytes"


def report(args, found, praise):
    """Print deviations, or the praise when there are none, and exit accordingly."""
    for line in found:
        print(f"DEVIATION {args.pruned}: {line}")
    if not found:
        print(f"ok    {args.pruned}: {praise} {args.dense}")
    sys.exit(1 if found else 0)


def deviations(args):
    dense, pruned = onnx.load(args.dense), onnx.load(args.pruned)
    weights = find_weights(dense)
    tensors = Constants(pruned.graph).tensors
    if not weights:
        yield "the model has no weights: nothing was verified"
    expected = masks.masks(weights, args.granularity, args.criterion, args.allocate, args.sparsity)
    for weight, mask in zip(weights, expected):
        wrong = weight_deviation(weight, mask, tensors.get(weight.name))
        if wrong:
            yield f"weight {weight.name} ({weight.operator} {weight.owner}) {wrong}"
    yield from rest_deviations(args, dense, pruned, {weight.name for weight in weights})


def main():
    parser = options.parser(__doc__)
    parser.add_argument("dense")
    parser.add_argument("pruned")
    args = parser.parse_args()
    report(args, list(deviations(args)), "as the reference prunes")


if __name__ == "__main__":
    main()
