"""How long ONNX Runtime takes for LayerNormalization and for what computes the same: microseconds each, 1 x 128 x 384, one thread.

    layer_norm_forms.py [THREADS]

A chain of normalizations in each form, all forms in turn in one process; the fastest of the rounds counts. docs/adr/0012 draws on it.
"""

import sys
import time

import numpy
import onnx
import onnxruntime
from onnx import helper, numpy_helper

WIDTH, ROWS, CHAIN, ROUNDS, RUNS = 384, 128, 12, 30, 20


def instance(x, y):
    return [
        helper.make_node("InstanceNormalization", [x, "ones", "zeros"], [y + "n"], epsilon=1e-12),
        *affine(y + "n", y),
    ]


def reductions(x, y):
    return [
        helper.make_node("ReduceMean", [x, "axis"], [y + "m"], keepdims=1),
        helper.make_node("Sub", [x, y + "m"], [y + "d"]),
        helper.make_node("ReduceL2", [y + "d", "axis"], [y + "l"], keepdims=1),
        helper.make_node("Mul", [y + "l", "root"], [y + "s"]),
        helper.make_node("Div", [y + "d", y + "s"], [y + "n"]),
        *affine(y + "n", y),
    ]


def mean_variance(x, y):
    return [helper.make_node("MeanVarianceNormalization", [x], [y + "n"], axes=[-1]), *affine(y + "n", y)]


def affine(x, y):
    return [helper.make_node("Mul", [x, "gamma"], [y + "g"]), helper.make_node("Add", [y + "g", "beta"], [y])]


def layer(x, y):
    return [helper.make_node("LayerNormalization", [x, "gamma", "beta"], [y], epsilon=1e-12)]


FORMS = {"LayerNormalization": layer, "InstanceNormalization": instance,
         "MeanVarianceNormalization": mean_variance, "reductions": reductions}


def session(form, threads):
    random = numpy.random.default_rng(0)
    constants = {
        "gamma": random.random(WIDTH, dtype=numpy.float32), "beta": random.random(WIDTH, dtype=numpy.float32),
        "ones": numpy.ones(ROWS, numpy.float32), "zeros": numpy.zeros(ROWS, numpy.float32),
        "axis": numpy.array([-1]), "root": numpy.float32(WIDTH**-0.5),
    }
    nodes = [node for i in range(CHAIN) for node in form(f"v{i}", f"v{i + 1}")]
    used = {name for node in nodes for name in node.input}
    value = lambda name: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, ROWS, WIDTH])
    graph = helper.make_graph(nodes, "norms", [value("v0")], [value(f"v{CHAIN}")],
                              [numpy_helper.from_array(v, k) for k, v in constants.items() if k in used])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    x = numpy.random.default_rng(1).standard_normal((1, ROWS, WIDTH), dtype=numpy.float32)
    sessions = {name: session(form, threads) for name, form in FORMS.items()}
    expected = sessions["LayerNormalization"].run(None, {"v0": x})[0]
    best = dict.fromkeys(sessions, float("inf"))
    for _ in range(ROUNDS):
        for name, each in sessions.items():
            began = time.perf_counter()
            for _ in range(RUNS):
                y = each.run(None, {"v0": x})[0]
            best[name] = min(best[name], (time.perf_counter() - began) / RUNS / CHAIN)
            assert numpy.abs(y - expected).max() < 1e-4, name
    for name, seconds in best.items():
        print(f"{name:28} {seconds * 1e6:7.1f} us")


if __name__ == "__main__":
    main()
