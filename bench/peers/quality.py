"""Prune real models by ./coppice, verify every output independently, measure its quality, collect all of it as JSON.

Called by bench/quality.sh. Each case (quality_cases.py) is pruned, compared with a reference implementation, checked
by ONNX and ONNX Runtime, and evaluated. Results are merged into the JSON file case by case, so that an interrupted run
loses nothing and some cases can be repeated; each case carries the commit and the time it was measured at.
"""

import argparse
import fnmatch
import importlib.metadata
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

import fill_light
import prune_speed
import quality_cases
import quality_page

ROOT = Path(__file__).resolve().parents[2]
VERIFIED_BY_PRUNED = {"uniform", "row-uniform", "global"}


def execute(command):
    """Run in the repository's root; return exit code, stdout, stderr and wall seconds."""
    start = time.perf_counter()
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout, run.stderr, round(time.perf_counter() - start, 1)


def coppice(arguments):
    """Run ./coppice; return a record with the command line, and what it printed (None if that is no JSON)."""
    command = ["./coppice", *arguments, "--json"]
    code, out, log, seconds = execute(command)
    record = {"command": shlex.join(command), "exitCode": code, "seconds": seconds}
    try:
        return record, json.loads(out)
    except json.JSONDecodeError:
        return record | {"log": (out + log)[-2000:]}, None


def referee(script, arguments):
    """Run a script of bench/peers; return its command line and verdict."""
    command = [sys.executable, f"bench/peers/{script}", *arguments]
    code, out, log, _ = execute(command)
    return {"command": shlex.join(["python", *command[1:]]), "ok": code == 0} | (
        {} if code == 0 else {"log": (out + log)[-2000:]}
    )


def option(options, name, default=None):
    words = shlex.split(options)
    return words[words.index(name) + 1] if name in words else default


def verify(case, dense, pruned, receipt):
    """Return the verdict of the reference implementation that knows the case's options."""
    by_pruned = (
        option(case.options, "--allocate", "uniform") in VERIFIED_BY_PRUNED
        and option(case.options, "--criterion") != "random"
        and "--keep" not in case.options
        and "--max-nonzeros" not in case.options
    )
    if by_pruned:
        return referee("verify_pruned.py", [*shlex.split(case.options), dense, pruned])
    words = shlex.split(case.options)
    kept = [i for i, word in enumerate(words) if word == "--keep"]
    words = [word for i, word in enumerate(words) if i not in kept and i - 1 not in kept]
    return referee("verify_allocation.py", [*words, "--receipt", receipt, dense, pruned])


def prune(case, subject, out, threads):
    """Prune and have the output judged; return the record of both."""
    record, receipt = coppice(
        ["prune", subject.model, "-o", out, *shlex.split(case.options), "--threads", str(threads)]
    )
    result = {"prune": record}
    if receipt is None or "error" in receipt:
        return result | {"failures": [f"no receipt: {receipt}"]}
    record |= {
        "what": receipt["what"],
        "weights": len(receipt["weights"]),
        "pruned": sum(weight["pruned"] for weight in receipt["weights"]),
        "bytesBefore": os.path.getsize(ROOT / subject.model),
        "bytesAfter": os.path.getsize(out),
        "notPruned": receipt.get("not-pruned", [])[:3],
    }
    shape = ["--shape", subject.shape] if subject.shape else []
    result["fullCheck"] = referee("full_check.py", [*shape, out])
    if case.exit_code == 0:
        file = out + ".json"
        Path(file).write_text(json.dumps(receipt))
        result["reference"] = verify(case, subject.model, out, file)
    return result | {"failures": list(failures(case, result))}


def failures(case, result):
    record = result["prune"]
    if record["exitCode"] != case.exit_code:
        yield f"exit code {record['exitCode']}, expected {case.exit_code}"
    if case.exit_code == 4 and not record["notPruned"]:
        yield "the receipt does not say what blocked pruning"
    if record["bytesAfter"] > record["bytesBefore"]:
        yield f"the file grew to {record['bytesAfter']} bytes"
    for name in ("fullCheck", "reference"):
        if not result.get(name, {"ok": True})["ok"]:
            yield f"{name}: {result[name]['log']}"


def measure(case, subject, model, threads, folder):
    """Evaluate the model as its subject says."""
    arguments = shlex.split(subject.evaluate)
    if subject.evaluate == quality_cases.REFERENCE:
        data = random_inputs(subject, folder)
        arguments = ["--reference", subject.model, "--data", f"npz:{data}"]
    limit = ["--limit", str(case.limit)] if case.limit else []
    record, quality = coppice(["evaluate", model, *arguments, *limit, "--threads", str(threads)])
    return {"evaluate": record | {"quality": quality}}


def random_inputs(subject, folder):
    """Write eight seeded random inputs for a model without labelled data; return the file."""
    name, _, dims = subject.shape.partition("=")
    shape = [8, *[int(dim) for dim in dims.split(",")][1:]]
    file = os.path.join(folder, "inputs.npz")
    np.savez(file, **{name: np.random.default_rng(20250101).standard_normal(shape).astype(np.float32)})
    return file


def run_case(case, threads, folder):
    subject = quality_cases.subjects()[case.subject]
    result = {"failures": []}
    model = subject.model
    if case.options:
        model = os.path.join(folder, "pruned.onnx")
        result = prune(case, subject, model, threads)
    if subject.evaluate and os.path.exists(ROOT / model):
        result |= measure(case, subject, model, threads, folder)
        if result["evaluate"]["exitCode"] != 0:
            result["failures"].append(f"evaluate ended with {result['evaluate']['exitCode']}")
    text = json.dumps(result).replace(folder + os.sep, "").replace(str(ROOT) + os.sep, "")
    return json.loads(text)


def judge(case, result):
    """Put the measured value beside the published one."""
    quality = result.get("evaluate", {}).get("quality") or {}
    value = quality.get("value")
    verdict = {"value": value, "metric": quality.get("metric"), "published": case.published, "source": case.source}
    if value is not None and case.published is not None:
        verdict |= {"difference": round(value - case.published, 5)}
        verdict |= {"reproduced": abs(value - case.published) <= case.tolerance + 1e-9, "tolerance": case.tolerance}
    return verdict


def fill_topologies():
    for name in quality_cases.LIGHT:
        target = ROOT / quality_cases.subjects()[f"light_{name} filled"].model
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fill_light.fill_file(str(ROOT / f"../shared/models/light_{name}.onnx"), str(target))


def merge(path, provenance, name, result):
    document = json.loads(path.read_text()) if path.exists() else {"cases": {}}
    order = [case.name for case in quality_cases.cases()]
    known = document["cases"] | {name: result}
    document = {"provenance": provenance, "cases": {n: known[n] for n in order if n in known}}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    partial.write_text(json.dumps(document, indent=1) + "\n")
    partial.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", required=True, help="the java of JDK 25")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", required=True)
    parser.add_argument("--page", required=True)
    parser.add_argument("globs", nargs="*", default=["*"], help="cases to run, as SUBJECT/LABEL")
    args = parser.parse_args()
    provenance = prune_speed.provenance(ROOT, args.java)
    provenance |= {"onnxruntime": importlib.metadata.version("onnxruntime"), "threads": args.threads}
    del provenance["onnxsim"]  # no part of this
    fill_topologies()
    failed = 0
    for case in quality_cases.cases():
        if not any(fnmatch.fnmatch(case.name, glob) for glob in args.globs):
            continue
        with tempfile.TemporaryDirectory(dir=ROOT / "data", prefix=".quality-") as folder:
            result = run_case(case, args.threads, folder)
        verdict = judge(case, result)
        stamp = {"at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "commit": provenance["commit"]}
        merge(Path(args.out), provenance, case.name, verdict | stamp | result)
        failed += bool(result["failures"])
        print(f"{case.name}: {verdict['value']} (published {case.published}) {result['failures'] or 'ok'}", flush=True)
    Path(args.page).write_text(quality_page.page(json.loads(Path(args.out).read_text())))
    print(f"{failed} cases failed", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
