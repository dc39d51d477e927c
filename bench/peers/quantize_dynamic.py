"""Quantizes a model with ONNX Runtime's own Python quantizer: dynamic, int8 weights with a scale per channel.

usage: quantize_dynamic.py MODEL OUT [--embeddings]
"""

import sys

from onnxruntime.quantization import QuantType, quantize_dynamic


def main():
    model, out, *options = sys.argv[1:]
    ops = ["MatMul", "Gemm"] + (["Gather"] if "--embeddings" in options else [])
    quantize_dynamic(model, out, op_types_to_quantize=ops, per_channel=True, weight_type=QuantType.QInt8)


if __name__ == "__main__":
    main()
