"""Measure magnitude pruning as a user meets it: whole processes, against a plain copy, beside onnxsim.

Called by bench/prune-speed.sh. Every round runs all commands once, in turn, so that a machine that gets slower slows all
of them; ratios are taken within a round. One round before the counted ones warms the page cache. onnxsim, a hundred times
slower, takes part in the first RIVAL_RUNS counted rounds only.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import measure
import onnxsim_prune

SPARSITY = 0.5
RIVAL_RUNS = 2
TARGETS = {"timesCopyPlusJvm": 3.0, "peakTimesFile": 1.5}


def coppice(root, model, out, allocate):
    return [
        str(root / "coppice"), "prune", model, "-o", out,
        "--criterion", "l1", "--granularity", "unstructured",
        "--sparsity", str(SPARSITY), "--allocate", allocate, "--json",
    ]  # fmt: skip


def first_line(command):
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return (run.stdout + run.stderr).strip().splitlines()[0]


def cpu_name():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def provenance(root, java):
    git = ["git", "-C", str(root)]
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": first_line([*git, "rev-parse", "HEAD"]),
        "uncommittedChanges": subprocess.run([*git, "diff", "--quiet", "HEAD"], check=False).returncode != 0,
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "loadAverageBefore": os.getloadavg()[0],
        "os": platform.platform(),
        "jdk": first_line([java, "-version"]),
        "coppice": first_line([str(root / "coppice"), "--version"]),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("onnxsim", "onnx", "numpy")},
    }


def commands(root, java, model, folder):
    """Return name -> (command, the file it writes); `copy` and `jvm` make up the unit that the others are counted in."""
    out = {name: os.path.join(folder, name + ".onnx") for name in ("copy", "global", "row-uniform", "onnxsim")}
    result = {
        "copy": (["cp", model, out["copy"]], out["copy"]),
        "jvm": ([java, "-version"], None),
    }
    for allocate in ("global", "row-uniform"):
        result[f"coppice {allocate}"] = (coppice(root, model, out[allocate], allocate), out[allocate])
    for allocate in ("global", "row-uniform"):
        rival = onnxsim_prune.command(model, out["onnxsim"], SPARSITY, allocate)
        result[f"onnxsim {allocate}"] = (rival, out["onnxsim"])
    return result


def run_rounds(todo, runs, label):
    """Run all commands in turn; return name -> [(wall seconds, peak bytes)] of the counted rounds and output sizes."""
    measured, sizes = {}, {}
    for number in range(runs + 1):
        for name, (command, out) in todo.items():
            if name.startswith("onnxsim") and not 1 <= number <= RIVAL_RUNS:
                continue
            if out is not None and os.path.exists(out):
                os.remove(out)
            os.sync()  # no command pays for what the one before left to write
            wall, peak = measure.run(command)
            print(f"{label} round {number}: {name} {wall:.2f} s, {peak >> 20} MiB", file=sys.stderr)
            if number > 0:
                measured.setdefault(name, []).append((wall, peak))
            if out is not None:
                sizes[name] = os.path.getsize(out)
    return measured, sizes


def measure_model(root, java, model, runs, folder):
    """Return the figures of all commands on one model."""
    measured, sizes = run_rounds(commands(root, java, model, folder), runs, os.path.relpath(model, root))
    units = [copy + jvm for (copy, _), (jvm, _) in zip(measured["copy"], measured["jvm"])]
    bytes_in = os.path.getsize(model)
    figures = {}
    for name, pairs in measured.items():
        seconds, peak = [wall for wall, _ in pairs], max(peak for _, peak in pairs)
        figures[name] = {"runs": len(pairs), "seconds": measure.spread(seconds), "peakBytes": peak}
        if name not in ("copy", "jvm"):
            figures[name] |= {
                "timesCopyPlusJvm": measure.spread([s / unit for s, unit in zip(seconds, units)], 2),
                "peakTimesFile": round(peak / bytes_in, 2),
                "outputBytes": sizes[name],
            }
    return {"model": os.path.relpath(model, root), "bytes": bytes_in, "commands": figures}


def missed(results):
    """Yield every target that Coppice's global pruning did not reach."""
    for result in results:
        figures = result["commands"]["coppice global"]
        reached = {"timesCopyPlusJvm": figures["timesCopyPlusJvm"]["median"], "peakTimesFile": figures["peakTimesFile"]}
        for name, target in TARGETS.items():
            if reached[name] > target:
                yield f"{result['model']}: {name} is {reached[name]}, target {target}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", required=True, help="the java of JDK 25")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", required=True)
    parser.add_argument("models", nargs="+")
    args = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    document = provenance(root, args.java)
    # On the disk of the models, so that the copy and the pruned file cost the same to write.
    with tempfile.TemporaryDirectory(dir=root / "data", prefix=".speed-") as folder:
        results = [measure_model(root, args.java, os.path.abspath(m), args.runs, folder) for m in args.models]
    failures = list(missed(results))
    document |= {"sparsity": SPARSITY, "targets": TARGETS, "missed": failures, "models": results}
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    Path(args.out).write_text(json.dumps(document, indent=2) + "\n")
    print("\n".join(failures) or "all targets reached", file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
