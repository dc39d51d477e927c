"""Check ONNX files as their consumers would: ONNX's full check, an ONNX Runtime session, one run.

usage: full_check.py [--shape INPUT=1,3,48,320]... FILE...

Prints one line per file and exits with 1 when any fails. Inputs are seeded random numbers; unknown dimensions are
guessed (--shape overrides the guess).
"""

import argparse
import sys

import numpy as np
import onnx
import onnxruntime as ort

SEED = 20250101
# Sizes tried for the two spatial dimensions of an image whose size is free: OCR lines, OCR pages, photographs.
IMAGE_SIZES = [(48, 320), (64, 320), (224, 224), (32, 32)]
SEQUENCE = 8
NUMPY_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


def guess_shape(declared, image_size):
    """Replace unknown dimensions: 1 for the batch, `image_size` for an image, else a short sequence."""
    known = [d if isinstance(d, int) and d > 0 else None for d in declared]
    for axis, dim in enumerate(known):
        if dim is None:
            from_end = len(known) - axis
            if axis == 0:
                known[axis] = 1
            elif len(known) == 4 and from_end <= 2:
                known[axis] = image_size[2 - from_end]
            else:
                known[axis] = 3 if len(known) == 4 else SEQUENCE
    return known


def random_input(spec, shapes, image_size, random):
    """Return a feed for one input: normal floats, small token ids, ones for masks."""
    dtype = NUMPY_TYPES.get(spec.type)
    if dtype is None:
        raise ValueError(f"no random values for input {spec.name} of type {spec.type}")
    shape = shapes.get(spec.name) or guess_shape(spec.shape, image_size)
    if np.issubdtype(dtype, np.floating):
        return random.standard_normal(shape).astype(dtype)
    if "mask" in spec.name:
        return np.ones(shape, dtype)
    return random.integers(0, 2, shape).astype(dtype)


def run_once(session, shapes):
    """Run with the first guessed image size that the model accepts; raise its last refusal."""
    refusal = None
    for image_size in IMAGE_SIZES:
        random = np.random.default_rng(SEED)
        feeds = {spec.name: random_input(spec, shapes, image_size, random) for spec in session.get_inputs()}
        try:
            return session.run(None, feeds)
        except Exception as error:  # pybind's exceptions share no narrower base class
            refusal = error
    raise refusal


def check(path, shapes):
    """Raise whatever ONNX or ONNX Runtime has against the file; return what the run gave."""
    onnx.checker.check_model(path, full_check=True)
    options = ort.SessionOptions()
    options.log_severity_level = 4  # fatal only: refusals come back as exceptions
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return "run gave " + ", ".join(str(list(getattr(value, "shape", []))) for value in run_once(session, shapes))


def parse_shape(text):
    name, _, dims = text.rpartition("=")
    return name, [int(dim) for dim in dims.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--shape", action="append", default=[], type=parse_shape, metavar="INPUT=DIMS")
    args = parser.parse_args()
    failures = 0
    for path in args.files:
        try:
            print(f"ok    {path}: {check(path, dict(args.shape))}", flush=True)
        except Exception as error:  # any complaint of any kind is this file's verdict; go on with the next
            failures += 1
            print(f"FAIL  {path}: {type(error).__name__}: {' '.join(str(error).split())[:300]}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
