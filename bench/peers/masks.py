"""Decide which weights magnitude pruning zeroes: naive stable sorts, one function per granularity.

Every function returns, per weight, a boolean array in storage order: True where the element is pruned.
Counts are exact (round half up), ties go to the lower index.
"""

import math
import re

import numpy as np


def round_half_up(x):
    return math.floor(x + 0.5)


def lowest(scores, count):
    """Mask the `count` lowest scores, ties by lower index."""
    mask = np.zeros(len(scores), bool)
    mask[np.argsort(scores, kind="stable")[:count]] = True
    return mask


def lowest_per_line(scores, count):
    """Mask the `count` lowest scores of every line of a matrix, ties by lower column."""
    mask = np.zeros(scores.shape, bool)
    np.put_along_axis(mask, np.argsort(scores, axis=1, kind="stable")[:, :count], True, axis=1)
    return mask


def magnitude(weight):
    return np.abs(weight.values.astype(np.float64))  # exact for every stored type


def to_storage(weight, matrix_mask):
    mask = np.zeros(weight.values.size, bool)
    mask[weight.index.reshape(-1)] = matrix_mask.reshape(-1)
    return mask


def global_count(scores, sizes, target):
    """Return how many of the lowest units come nearest to `target` weights, the higher of two equally near."""
    pruned = np.concatenate([[0], np.cumsum(sizes[np.argsort(scores, kind="stable")])])
    distance = np.abs(pruned - target)
    return int(np.flatnonzero(distance == distance.min())[-1])


def allocate(scores, sizes, sparsity, allocation):
    """Mask each layer's lowest units (uniform), or the lowest of all layers together (global).

    uniform prunes a share of the units, global a share of the weights: layers differ in the size of their units.
    """
    if allocation == "uniform":
        return [lowest(s, round_half_up(sparsity * s.size)) for s in scores]
    if allocation == "global":
        joined, joined_sizes = np.concatenate(scores), np.concatenate(sizes)
        target = round_half_up(sparsity * int(joined_sizes.sum()))
        mask = lowest(joined, global_count(joined, joined_sizes, target))
        return np.split(mask, np.cumsum([s.size for s in scores])[:-1])
    raise ValueError(f"no allocation {allocation} for this granularity")


def unstructured(weights, sparsity, allocation):
    if allocation != "row-uniform":
        ones = [np.ones(w.values.size, np.int64) for w in weights]
        return allocate([magnitude(w) for w in weights], ones, sparsity, allocation)
    masks = []
    for weight in weights:
        matrix = magnitude(weight)[weight.index]
        masks.append(to_storage(weight, lowest_per_line(matrix, round_half_up(sparsity * matrix.shape[1]))))
    return masks


def n_of_m(weights, n, m):
    """Prune n of every m consecutive input features, of a convolution at each place of its kernel.

    A tail of t < m still keeps m - n, so it prunes n - (m - t).
    """
    masks = []
    for weight in weights:
        rows, columns = weight.index.shape
        index = weight.index.reshape(rows, columns // weight.places, weight.places).transpose(0, 2, 1)
        index = index.reshape(rows * weight.places, -1)
        matrix = magnitude(weight)[index]
        mask = np.zeros(matrix.shape, bool)
        for start in range(0, matrix.shape[1], m):
            group = matrix[:, start : start + m]
            mask[:, start : start + m] = lowest_per_line(group, max(0, n - (m - group.shape[1])))
        stored = np.zeros(weight.values.size, bool)
        stored[index.reshape(-1)] = mask.reshape(-1)
        masks.append(stored)
    return masks


def block_ids(shape, rows, columns):
    """Number the blocks of a matrix row by row; blocks at the edges may be smaller."""
    per_line = math.ceil(shape[1] / columns)
    return (np.arange(shape[0]) // rows)[:, None] * per_line + (np.arange(shape[1]) // columns)[None, :]


def unit_scores(matrix, number, sizes, criterion):
    """Score every block: mean magnitude (l1) or root mean square (l2)."""
    powers = matrix if criterion == "l1" else matrix**2
    means = np.bincount(number.reshape(-1), powers.reshape(-1)) / sizes
    return means if criterion == "l1" else np.sqrt(means)


def blocks(weights, rows, columns, criterion, sparsity, allocation):
    """Prune whole blocks; 0 rows or columns stand for all of them."""
    ids, sizes, scores = [], [], []
    for weight in weights:
        matrix = magnitude(weight)[weight.index]
        ids.append(block_ids(matrix.shape, rows or matrix.shape[0], columns or matrix.shape[1]))
        sizes.append(np.bincount(ids[-1].reshape(-1)))
        scores.append(unit_scores(matrix, ids[-1], sizes[-1], criterion))
    pruned = allocate(scores, sizes, sparsity, allocation)
    return [to_storage(w, mask[number]) for w, mask, number in zip(weights, pruned, ids)]


def masks(weights, granularity, criterion, allocation, sparsity):
    """Return the masks of `weights` for options as Coppice's command line spells them.

    For single weights l1 and l2 order alike.
    """
    if granularity == "unstructured":
        return unstructured(weights, sparsity, allocation)
    if granularity in ("row", "column"):
        rows, columns = (1, 0) if granularity == "row" else (0, 1)
        return blocks(weights, rows, columns, criterion, sparsity, allocation)
    if match := re.fullmatch(r"block:(\d+)x(\d+)", granularity):
        return blocks(weights, int(match[1]), int(match[2]), criterion, sparsity, allocation)
    if match := re.fullmatch(r"(\d+):(\d+)", granularity):
        return n_of_m(weights, int(match[1]), int(match[2]))
    raise ValueError(f"unknown granularity {granularity}")
