"""Prune a model by magnitude with onnxsim and measure the whole process.

usage: onnxsim_prune.py MODEL -o OUT [--allocate row-uniform|global] [--sparsity S]

Prints one JSON line: wall time and peak resident memory of a fresh Python process that imports onnxsim, reads MODEL,
prunes and writes OUT, as a user's script would. What onnxsim calls uniform is Coppice's `row-uniform`.
"""

import argparse
import importlib.metadata
import json
import os
import sys

import measure

CHILD = """
import sys, onnx, onnxsim
model, out, sparsity, allocate = sys.argv[1:]
onnx.save(onnxsim.apply_magnitude_pruning(model, float(sparsity), global_sparsity=allocate == "global"), out)
"""


def command(model, out, sparsity, allocate):
    """Return the command that prunes `model` with onnxsim."""
    return [sys.executable, "-c", CHILD, model, out, str(sparsity), allocate]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("-o", "--out", required=True)
    parser.add_argument("--allocate", choices=["row-uniform", "global"], default="row-uniform")
    parser.add_argument("--sparsity", type=float, default=0.5)
    args = parser.parse_args()
    seconds, peak = measure.run(command(args.model, args.out, args.sparsity, args.allocate))
    print(json.dumps({
        "tool": "onnxsim " + importlib.metadata.version("onnxsim"),
        "allocate": args.allocate,
        "sparsity": args.sparsity,
        "seconds": round(seconds, 3),
        "peakBytes": peak,
        "inputBytes": os.path.getsize(args.model),
        "outputBytes": os.path.getsize(args.out),
    }))


if __name__ == "__main__":
    main()
