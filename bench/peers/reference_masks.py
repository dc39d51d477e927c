"""Print what magnitude pruning must prune, by an independent naive implementation.

usage: reference_masks.py [--criterion C] [--granularity G] [--allocate A] [--sparsity S] [-o OUT.onnx] MODEL

Prints one JSON document: for every weight its size, its pruned count and the SHA-256 of its mask (one bit an element,
storage order, least significant bit first). With -o it also writes the pruned model, to compare accuracies.
"""

import hashlib
import json

import numpy as np
import onnx
from onnx import numpy_helper

import masks
import options
from weights import Constants, find_weights


def describe(weight, mask):
    return {
        "weight": weight.name,
        "node": weight.owner,
        "operator": weight.operator,
        "rows": weight.index.shape[0],
        "columns": weight.index.shape[1],
        "pruned": int(mask.sum()),
        "maskSha256": hashlib.sha256(np.packbits(mask, bitorder="little").tobytes()).hexdigest(),
    }


def write(model, weights, pruned, out):
    tensors = Constants(model.graph).tensors
    for weight, mask in zip(weights, pruned):
        tensor = tensors[weight.name]
        values = np.where(mask, weight.values.dtype.type(0), weight.values).reshape(tuple(tensor.dims))
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, out)


def main():
    parser = options.parser(__doc__)
    parser.add_argument("model")
    parser.add_argument("-o", "--out")
    args = parser.parse_args()
    model = onnx.load(args.model)
    weights = find_weights(model)
    pruned = masks.masks(weights, args.granularity, args.criterion, args.allocate, args.sparsity)
    print(json.dumps([describe(w, m) for w, m in zip(weights, pruned)], indent=1))
    if args.out:
        write(model, weights, pruned, args.out)


if __name__ == "__main__":
    main()
