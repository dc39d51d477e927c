"""Fill the weights that a topology builds by ConstantOfShape with seeded random values.

usage: fill_light.py IN.onnx OUT.onnx

The values are normal with the variance 2 / fan-in (He et al. 2015), so that the outputs stay finite; each becomes an
initializer of the same name, and the ConstantOfShape nodes go.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

SEED = 20250101


def fill(model):
    graph = model.graph
    shapes = {tensor.name: numpy_helper.to_array(tensor).tolist() for tensor in graph.initializer}
    random = np.random.default_rng(SEED)
    nodes = []
    for node in graph.node:
        if node.op_type != "ConstantOfShape" or node.input[0] not in shapes:
            nodes.append(node)
            continue
        shape = shapes[node.input[0]]
        scale = np.sqrt(2 / np.prod(shape[1:]))
        values = (random.standard_normal(shape) * scale).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        if model.ir_version < 4:  # there, every initializer is an input, too
            graph.input.append(onnx.helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, shape))
    del graph.node[:]
    graph.node.extend(nodes)


def fill_file(source, target):
    model = onnx.load(source)
    fill(model)
    onnx.save(model, target)


def main():
    source, target = sys.argv[1:]
    fill_file(source, target)


if __name__ == "__main__":
    main()
