"""Export torchvision models and small modules of our own to ONNX, in both dialects of torch, and prove that every file runs.

Each case of export_vision_more.py, export_sequence_more.py, their *_odd.py, export_torchvision.py, export_timm.py and
export_transformers.py is exported with random seeded
weights by the TorchScript exporter (opset 13, some also 17) and by torch.export (opset 18, some also 20): with static shapes (NAME.onnx),
with dynamic batch and length (NAME-dynamic.onnx; where that fails, with dynamic batch alone: NAME-batch.onnx), and some as traced
(NAME-raw.onnx). A file counts as exported when ONNX Runtime loads it and gives what PyTorch gives, for a dynamic file on other
sizes than it was traced with. The rest is removed and listed with its reason.

Writes DIR/DIALECT/NAME.onnx and DIR/index.json: for each file family, name, dialect, opset, inputs (name, type, a shape that runs,
`below`: integer inputs lie in [0, below)), dynamic axes, status ("ok" or "failed"), reason, bytes, relative error, and
whether ONNX's full check accepts it. With --only the other files and entries stay as they are.
"""

import argparse
import contextlib
import fnmatch
import io
import json
import logging
import re
import sys
import time
import traceback
import warnings
import zlib
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import export_sequence_more
import export_sequence_odd
import export_timm
import export_torchvision
import export_transformers
import export_vision_more
import export_vision_odd
from export_cases import TRACED, VERIFIED, Case

TOLERANCE = 1e-3  # of the largest magnitude of an output: float32 through tens of layers; a wrong export is off by far more
BIGGEST = 30_000_000  # bytes
FAMILIES = {
    "modules": export_vision_more.CASES + export_sequence_more.CASES,
    "odd": export_vision_odd.CASES + export_sequence_odd.CASES,
    "torchvision": export_torchvision.CASES,
    "timm": export_timm.CASES,
    "transformers": export_transformers.CASES,
}
BATCH = frozenset(["batch"])
OPSETS = {"torchscript": (13, 17), "dynamo": (18, 20)}


@dataclass(frozen=True)
class Variant:
    """One file of a case."""

    case: Case
    family: str
    dialect: str
    opset: int
    dynamic: frozenset = frozenset()  # names of dimensions
    raw: bool = False
    later: bool = False

    @property
    def name(self):
        kind = "" if not self.dynamic else "dynamic" if self.dynamic == self.case.named() else "batch"
        parts = [self.case.name, kind, f"opset{self.opset}" * self.later, "raw" * self.raw]
        return "-".join(filter(None, parts))

    def shapes(self, moment):
        return [spec.shape(moment, self.dynamic) for spec in self.case.inputs]

    def axes(self):
        return {spec.name: spec.axes(self.dynamic) for spec in self.case.inputs if spec.axes(self.dynamic)}


def variants(case, family, dialect):
    first, later = (max(opset, case.opset) for opset in OPSETS[dialect])
    yield Variant(case, family, dialect, first)
    if case.named():
        yield Variant(case, family, dialect, first, dynamic=case.named())
    if case.late and later > first:
        yield Variant(case, family, dialect, later, later=True)
    if case.raw:
        yield Variant(case, family, dialect, first, raw=True)


def perturb(model, generator):
    """Replace what initialisation left constant (biases, norms, statistics), so that nothing is neutral by accident."""
    with torch.no_grad():
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            last = name.rpartition(".")[2]
            statistic = last in ("running_mean", "running_var")
            if isinstance(tensor, torch.nn.Parameter) and (tensor == tensor.flatten()[0]).all() or statistic:
                if tensor.flatten()[0] == 0:  # biases, means
                    tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.1)
                else:  # scales, variances, slopes
                    tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)


def build(case):
    seed = zlib.crc32(case.name.encode())
    torch.manual_seed(seed)
    model = case.build().eval()
    perturb(model, torch.Generator().manual_seed(seed))
    return model


def draw(variant, moment):
    generator = torch.Generator().manual_seed(zlib.crc32(variant.case.name.encode()) + 1)
    return tuple(spec.draw(shape, generator) for spec, shape in zip(variant.case.inputs, variant.shapes(moment)))


def export(variant, model, path):
    case = variant.case
    values = draw(variant, TRACED)
    names = {"input_names": [spec.name for spec in case.inputs], "output_names": list(case.outputs)}
    if variant.dialect == "torchscript":
        mode = torch.onnx.TrainingMode.PRESERVE if variant.raw else torch.onnx.TrainingMode.EVAL
        torch.onnx.export(
            model, values, str(path), dynamo=False, opset_version=variant.opset, dynamic_axes=variant.axes(), training=mode,
            do_constant_folding=not variant.raw, **names,
        )  # fmt: skip
    else:
        shapes = tuple(spec.axes(variant.dynamic) for spec in case.inputs) if variant.dynamic else None
        torch.onnx.export(
            model, values, str(path), dynamo=True, opset_version=variant.opset, dynamic_shapes=shapes, verbose=False,
            external_data=False, optimize=not variant.raw, **names,
        )  # fmt: skip


def run(path, case, values):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {spec.name: value.numpy() for spec, value in zip(case.inputs, values, strict=True)}
    wanted = {given.name for given in session.get_inputs()}
    return session.run(None, {name: value for name, value in feed.items() if name in wanted})


def deviation(expected, actual):
    """The largest difference, relative to the largest magnitude of its output."""
    if len(expected) != len(actual):
        raise ValueError(f"{len(actual)} outputs instead of {len(expected)}")
    worst = 0.0
    for want, got in zip(expected, actual):
        want = want.detach().numpy()
        if want.shape != got.shape:
            raise ValueError(f"output of shape {list(got.shape)} instead of {list(want.shape)}")
        if want.size:
            worst = max(worst, float(np.abs(want - got).max() / max(np.abs(want).max(), 1e-30)))
    return worst


def verify(variant, model, path):
    """Return what the index says about an exported file; raise if ONNX Runtime does not agree with PyTorch on it."""
    case = variant.case
    if path.stat().st_size > BIGGEST:
        raise ValueError(f"{path.stat().st_size} bytes")
    values = draw(variant, VERIFIED)
    outputs = run(path, case, values)
    facts = {"bytes": path.stat().st_size}
    if case.compare:
        with torch.no_grad():
            expected = model(*values)
        expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
        facts["relative_error"] = deviation(expected, outputs)
        if not facts["relative_error"] <= TOLERANCE:
            raise ValueError(f"outputs deviate from PyTorch's by {facts['relative_error']:.2g} of the largest")
    loaded = onnx.load(path)
    opsets = {entry.domain: entry.version for entry in loaded.opset_import}
    if opsets[""] != variant.opset:
        raise ValueError(f"opset {opsets['']} instead of {variant.opset}")
    try:
        onnx.checker.check_model(loaded, full_check=True)
        facts["full_check"] = True
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        facts["full_check"] = first_line(error)
    return facts


def first_line(error):
    """The line of a message that says most: torch.export puts the cause after a page of advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("- Received")] or [line for line in lines if line.startswith("<class ")]
    text = re.sub(r"/onnxruntime_src/.*\) (?=[A-Z])", "", (causes or lines or [""])[0])  # a path and a C++ signature
    return f"{type(error).__name__}: {text}"[:300]


def attempt(variant, model, folder, verbose):
    """Export and verify one file; return its entry of the index."""
    path = folder / variant.dialect / f"{variant.name}.onnx"
    path.unlink(missing_ok=True)
    entry = {
        "file": str(path.relative_to(folder)), "family": variant.family, "name": variant.case.name, "dialect": variant.dialect,
        "opset": variant.opset, "raw": variant.raw,
        "inputs": [
            {"name": spec.name, "type": "int64" if spec.below else "float32", "shape": shape}
            | ({"below": spec.below} if spec.below else {})
            for spec, shape in zip(variant.case.inputs, variant.shapes(VERIFIED))
        ],
        "dynamic_axes": variant.axes(),
    }  # fmt: skip
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # where the exporters print whole graphs
            export(variant, model, path)
        return entry | {"status": "ok"} | verify(variant, model, path)
    except Exception as error:  # an exporter may fail in any way; the index says how
        if verbose:
            traceback.print_exc()
        path.unlink(missing_ok=True)
        return entry | {"status": "failed", "reason": first_line(error)}


def chosen(only, dialects):
    for family, cases in FAMILIES.items():
        for case in cases:
            if fnmatch.fnmatch(case.name, only) or fnmatch.fnmatch(f"{family}/{case.name}", only):
                for dialect in dialects:
                    yield from variants(case, family, dialect)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--only", default="*", metavar="GLOB", help="cases by name or by family/name: 'modules/*'")
    parser.add_argument("--dialect", choices=[*OPSETS], action="append", help="default: both")
    parser.add_argument("--verbose", action="store_true", help="tracebacks of failures")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)  # the fused kernels of nn.Transformer* have no ONNX form
    for dialect in OPSETS:
        (options.out / dialect).mkdir(parents=True, exist_ok=True)

    index = options.out / "index.json"
    entries = {entry["file"]: entry for entry in json.loads(index.read_text())} if index.exists() else {}
    waiting = deque(chosen(options.only, options.dialect or [*OPSETS]))
    while waiting:
        variant = waiting.popleft()
        start = time.perf_counter()
        # Rebuilt for each file: an export may leave traces (folded weight_norm, cached masks) in the module.
        entry = attempt(variant, build(variant.case), options.out, options.verbose)
        entries[entry["file"]] = entry
        if entry["status"] == "failed" and variant.dynamic > BATCH:
            waiting.appendleft(replace(variant, dynamic=BATCH))
        seconds = time.perf_counter() - start
        print(f"{seconds:5.1f} s  {entry['file']}  {entry['status']}  {entry.get('reason', '')}", file=sys.stderr, flush=True)
        index.write_text("[\n" + ",\n".join(map(json.dumps, entries.values())) + "\n]\n")


if __name__ == "__main__":
    main()
