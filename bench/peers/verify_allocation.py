"""Compare a file with its receipt, for the allocations, budgets and selections that verify_pruned.py leaves out.

usage: verify_allocation.py [--allocate A] [--criterion C] (--sparsity S | --max-nonzeros N) --receipt JSON DENSE PRUNED

For single weights only (unstructured). The receipt's counts must add up exactly and follow the allocation, as computed
here by full sorts; every weight must be zero exactly at its lowest magnitudes (random: in as many places), and nothing
else may have changed. Prints each deviation; exits with 1 when there is one.
"""

import argparse
import json

import numpy as np
import onnx
from onnx import numpy_helper

import masks
from verify_pruned import report, rest_deviations, weight_deviation
from weights import Constants, find_weights


def lamp_counts(scores, shapes, total):
    """Lee et al. 2021: a weight's square over the sum of the squares of all that rank no lower in its layer."""
    lamps = []
    for score in scores:
        squares = np.sort(score**2)
        tails = np.cumsum(squares[::-1])[::-1]
        lamps.append(np.divide(squares, tails, out=np.zeros_like(squares), where=tails > 0))
    chosen = masks.lowest(np.concatenate(lamps), total)
    return [int(part.sum()) for part in np.split(chosen, np.cumsum([len(lamp) for lamp in lamps])[:-1])]


def erk_counts(scores, shapes, total):
    """Evci et al. 2020: density in proportion to the sum of the dimensions over their product, at most 1."""
    sizes = np.array([float(np.prod(shape)) for shape in shapes])
    raw = np.array([float(np.sum(shape)) for shape in shapes]) / sizes
    dense = np.zeros(len(shapes), bool)
    while True:
        factor = (sizes.sum() - total - sizes[dense].sum()) / (raw * sizes)[~dense].sum()
        over = ~dense & (factor * raw > 1)
        if not over.any():
            return list(np.where(dense, 0, (1 - factor * raw) * sizes))
        dense |= over


def global_counts(scores, shapes, total):
    chosen = masks.lowest(np.concatenate(scores), total)
    return [int(part.sum()) for part in np.split(chosen, np.cumsum([len(score) for score in scores])[:-1])]


def uniform_counts(scores, shapes, total):
    share = total / sum(len(score) for score in scores)
    return [share * len(score) for score in scores]


COUNTS = {"lamp": lamp_counts, "erk": erk_counts, "global": global_counts, "uniform": uniform_counts}


def count_deviations(args, entries, weights):
    """Yield what is wrong with the numbers in the receipt; real-valued quotas may be rounded either way."""
    scores = [masks.magnitude(weight) for weight in weights]
    size = sum(len(score) for score in scores)
    total = size - args.max_nonzeros if args.max_nonzeros else masks.round_half_up(args.sparsity * size)
    pruned = [entry["pruned"] for entry in entries]
    if sum(pruned) != total:
        yield f"the receipt says {sum(pruned)} pruned, asked for were {total}"
    expected = COUNTS[args.allocate](scores, [entry["shape"] for entry in entries], total)
    for entry, quota in zip(entries, expected):
        exact = isinstance(quota, int)
        if abs(entry["pruned"] - quota) >= (1e-9 if exact else 1):
            yield f"weight {entry['name']} loses {entry['pruned']}, its share is {quota}"


def mask_deviations(args, entries, weights, tensors):
    for entry, weight in zip(entries, weights):
        tensor = tensors.get(weight.name)
        if args.criterion == "random" and tensor is not None:
            mask = numpy_helper.to_array(tensor).reshape(-1) == 0
            if mask.sum() != entry["pruned"]:
                yield f"weight {weight.name} has {mask.sum()} zeros, {entry['pruned']} pruned"
        else:
            mask = masks.lowest(masks.magnitude(weight), entry["pruned"])
        wrong = weight_deviation(weight, mask, tensor)
        if wrong:
            yield f"weight {weight.name} ({weight.operator} {weight.owner}) {wrong}"


def deviations(args):
    with open(args.receipt, encoding="utf-8") as file:
        entries = json.load(file)["weights"]
    dense, pruned = onnx.load(args.dense), onnx.load(args.pruned)
    found = {weight.name: weight for weight in find_weights(dense)}
    unknown = [entry["name"] for entry in entries if entry["name"] not in found]
    if unknown or not entries:
        yield f"the receipt names no weights, or unknown ones: {unknown}"
        return
    weights = [found[entry["name"]] for entry in entries]
    yield from count_deviations(args, entries, weights)
    yield from mask_deviations(args, entries, weights, Constants(pruned.graph).tensors)
    yield from rest_deviations(args, dense, pruned, {weight.name for weight in weights})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--allocate", default="uniform", choices=COUNTS)
    parser.add_argument("--criterion", default="l1", choices=["l1", "random"])
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--sparsity", type=float)
    budget.add_argument("--max-nonzeros", type=int)
    parser.add_argument("--receipt", required=True)
    parser.add_argument("dense")
    parser.add_argument("pruned")
    args = parser.parse_args()
    report(args, list(deviations(args)), "as its receipt and the reference prune")


if __name__ == "__main__":
    main()
