"""Find a model's prunable weights: an independent re-statement of Coppice's rules, written to be read, not to be fast.

A weight is a constant (initializer or Constant node) with two or more dimensions that reaches a weight input of an
operator in OPERATORS directly or through Identity, Transpose, Reshape and Cast. Embeddings (constants that a Gather
reads) are left alone. A constant that serves several operators is one weight, owned by the first.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper

FLOATS = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16, onnx.TensorProto.DOUBLE}


@dataclass(frozen=True)
class Weight:
    """One prunable constant; `index[row, column]` is the position of that element in storage order."""

    name: str  # of the initializer or of the Constant node's output
    owner: str  # name of the first operator that uses it
    operator: str
    values: np.ndarray  # flat, in storage order, as stored
    index: np.ndarray  # [rows = output features, columns = reduction axis]
    places: int = 1  # of a convolution's kernel: neighbouring columns that belong to one input channel


def attribute(node, name, default):
    for candidate in node.attribute:
        if candidate.name == name:
            return onnx.helper.get_attribute_value(candidate)
    return default


def matmul_right(index, _):  # [..., K, N]
    return np.swapaxes(index, -1, -2).reshape(-1, index.shape[-2])


def matmul_left(index, _):  # [..., M, K]
    return index.reshape(-1, index.shape[-1])


def gemm_right(index, node):  # [K, N], or [N, K] under transB
    return index if attribute(node, "transB", 0) else index.T


def gemm_left(index, node):  # [M, K], or [K, M] under transA
    return index.T if attribute(node, "transA", 0) else index


def conv(index, _):  # [outC, inC/groups, kernel...]
    return index.reshape(index.shape[0], -1)


def conv_transpose(index, node):  # [inC, outC/groups, kernel...]
    groups = attribute(node, "group", 1)
    in_channels, out_per_group = index.shape[:2]
    split = index.reshape(groups, in_channels // groups, out_per_group, -1)
    return split.transpose(0, 2, 1, 3).reshape(groups * out_per_group, -1)


def recurrent(index, _):  # [directions, gates * hidden, input]
    return index.reshape(-1, index.shape[-1])


# operator -> input position -> view of the constant's indices as [output features, reduction axis]
OPERATORS = {
    "MatMul": {0: matmul_left, 1: matmul_right},
    "Gemm": {0: gemm_left, 1: gemm_right},
    "Conv": {1: conv},
    "ConvTranspose": {1: conv_transpose},
    "LSTM": {1: recurrent, 2: recurrent},
    "GRU": {1: recurrent, 2: recurrent},
    "RNN": {1: recurrent, 2: recurrent},
}


class Constants:
    """Looks up the constant behind a value name."""

    def __init__(self, graph):
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        self.producers = {output: node for node in graph.node for output in node.output}
        for node in graph.node:
            if node.op_type == "Constant" and attribute(node, "value", None) is not None:
                self.tensors[node.output[0]] = attribute(node, "value", None)

    def index(self, name):
        """Return (constant's name, storage indices in the shape that readers of `name` see) or None."""
        if name in self.tensors:
            dims = tuple(self.tensors[name].dims)
            return name, np.arange(int(np.prod(dims, dtype=np.int64))).reshape(dims)
        node = self.producers.get(name)
        if node is None or node.op_type not in ("Identity", "Cast", "Transpose", "Reshape"):
            return None
        source = self.index(node.input[0])
        if source is None:
            return None
        origin, index = source
        if node.op_type == "Transpose":
            index = index.transpose(attribute(node, "perm", None))
        if node.op_type == "Reshape":
            if node.input[1] not in self.tensors:
                return None
            target = numpy_helper.to_array(self.tensors[node.input[1]]).tolist()
            index = index.reshape([index.shape[i] if d == 0 else d for i, d in enumerate(target)])
        return origin, index


def embeddings(graph, constants):
    """Return the names of the constants that a Gather reads."""
    gathered = (constants.index(node.input[0]) for node in graph.node if node.op_type == "Gather")
    return {found[0] for found in gathered if found is not None and found[1].ndim >= 2}


def find_weights(model):
    """Return the prunable weights of the main graph in the order of the operators that own them."""
    constants = Constants(model.graph)
    skipped = embeddings(model.graph, constants)
    weights = {}
    for node in model.graph.node:
        for position, view in OPERATORS.get(node.op_type, {}).items():
            found = constants.index(node.input[position]) if position < len(node.input) else None
            if found is None or found[0] in skipped or found[0] in weights:
                continue
            name, index = found
            tensor = constants.tensors[name]
            if index.ndim >= 2 and tensor.data_type in FLOATS:
                values = numpy_helper.to_array(tensor).reshape(-1)
                places = int(np.prod(index.shape[2:])) if node.op_type in ("Conv", "ConvTranspose") else 1
                weights[name] = Weight(name, node.name, node.op_type, values, view(index, node), places)
    return list(weights.values())
