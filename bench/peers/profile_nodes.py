"""Where ONNX Runtime spends its time in models with BERT's inputs, by operator: 1 x 128 tokens, one thread.

    profile_nodes.py MODEL.onnx...
"""

import collections
import json
import os
import statistics
import sys
import tempfile
import time

import numpy
import onnxruntime

RUNS = 60


def feed(session):
    draws = numpy.random.default_rng(0)
    values = {}
    for wanted in session.get_inputs():
        if "mask" in wanted.name:
            value = numpy.ones((1, 128))
        elif "type" in wanted.name:
            value = numpy.zeros((1, 128))
        else:
            value = draws.integers(1000, 20000, (1, 128))
        values[wanted.name] = value.astype(numpy.int64)
    return values


def profile(file, folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_profiling = True
    options.profile_file_prefix = os.path.join(folder, "profile")
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    inputs = feed(session)
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        session.run(None, inputs)
        seconds.append(time.perf_counter() - began)
    spent, nodes = collections.Counter(), collections.Counter()
    with open(session.end_profiling()) as events:
        for event in json.load(events):
            if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
                spent[event["args"]["op_name"]] += event["dur"]
                nodes[event["args"]["op_name"]] += 1
    print(f"{file}: median {statistics.median(seconds) * 1e3:.2f} ms")
    for operator, micros in spent.most_common(12):
        share = 100 * micros / spent.total()
        print(f"  {operator:28} {micros / RUNS / 1e3:6.2f} ms {share:5.1f} %  {nodes[operator] // RUNS} nodes")


with tempfile.TemporaryDirectory() as scratch:
    for model in sys.argv[1:]:
        profile(model, scratch)
