"""Turn the lines of bench/train-throughput.sh into bench/results/train-throughput.json and docs/throughput.md."""

import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

from measure import spread

SHAPES = {"lenet5": "LeNet-5, 128 images", "resnet20": "ResNet-20, 64 images", "minilm": "MiniLM, 16 x 64 tokens"}
TARGETS = {"timesDirect": 1.05, "timesPython": 1.10}


def provenance(root, lines):
    git = ["git", "-C", str(root)]
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    python = next((line["run"] for line in lines if line["kind"] == "python"), {})
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip(),
        "cpu": cpu[0].partition(":")[2].strip() if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "os": platform.platform(),
        "java": next((line["run"]["java"] for line in lines if line["kind"] == "java"), None),
        "libtorch": "org.bytedeco:pytorch 2.10.0-1.5.13",
        "pytorch": python.get("torch"),
        "pytorchBlas": python.get("blas"),
    }


def rows(lines):
    """Return one row for each workload and number of threads: milliseconds, and medians of ratios, of each step and of each turn."""
    turns = {}
    for line in lines:
        turns.setdefault((line["kind"], line["workload"], line["threads"]), []).append(line)
    result = []
    for (kind, workload, threads), found in turns.items():
        if kind != "java":
            continue
        own = [line["run"]["coppice"] for line in found]
        direct = [time for line in found for time in line["run"]["direct"]]
        ratios = [mine / other for mine, other in zip(sum(own, []), direct, strict=True)]
        row = {
            "workload": workload,
            "threads": threads,
            "loadAverage": max(line["load"] for line in found),
            "turns": len(found),
            "steps": len(ratios),
            "coppice": spread(sum(own, []), 2),
            "direct": spread(direct, 2),
            "timesDirect": round(statistics.median(ratios), 3),
        }
        python = [line["run"]["python"] for line in turns.get(("python", workload, threads), [])]
        if python:
            medians = [statistics.median(mine) / statistics.median(other) for mine, other in zip(own, python, strict=True)]
            row["python"] = spread(sum(python, []), 2)
            row["timesPython"] = round(statistics.median(medians), 3)
            row["timesPythonRange"] = [round(min(medians), 3), round(max(medians), 3)]
        for trap in turns.get(("trap", workload, threads), []):
            row["spinning"] = spread(trap["run"]["coppice"], 2)
        result.append(row)
    return result


def cell(row, key, ratio=None):
    if key not in row:
        return "not measured" if ratio else ""
    text = f"{row[key]['median']:.0f} ({row[key]['min']:.0f})"
    if not ratio:
        return text
    least, most = row.get(ratio + "Range", (None, None))
    return f"{text}, {row[ratio]:.2f} x" + (f" [{least:.2f}, {most:.2f}]" if least else "")


def page(document):
    facts = document["provenance"]
    text = f"""# Speed of training

<!-- written by bench/train-throughput.sh from bench/results/train-throughput.json: do not edit -->

Milliseconds of one step (forward, loss, backward, optimizer): the median of the counted steps and, in brackets, the fastest;
{facts["cpu"]}, {facts["cores"]} cores, {facts["java"]}, {facts["libtorch"]}. **Coppice** is `Trainer.step`; **direct** is the same network
written by hand in Java on the same libtorch, a step of each in turn, the ratio being the median of the ratios of each pair of steps;
**Python** is PyTorch {facts["pytorch"] or "2.10.0"} with the same network as an `nn.Module`; it and Coppice take turns, a process each, and
the ratio is the median of those of each turn, with the least and the greatest: the speed of a shared machine changes from minute to minute.
**Spinning** is Coppice with the two thread pools left as they come (`GOMP_SPINCOUNT=300000000 OPENBLAS_THREAD_TIMEOUT=26`).
Targets: at most {TARGETS["timesDirect"]} times direct, at most {TARGETS["timesPython"]} times Python.

| model | threads | Coppice | direct, ratio | Python, ratio | spinning | load |
| --- | --- | --- | --- | --- | --- | --- |
"""
    for row in document["rows"]:
        text += (
            f"| {SHAPES[row['workload']]} | {row['threads']} | {cell(row, 'coppice')} | {cell(row, 'direct', 'timesDirect')} "
            f"| {cell(row, 'python', 'timesPython')} | {cell(row, 'spinning')} | {row['loadAverage']} |\n"
        )
    return text + """
The load is the machine's average when a run ended: above about 2 on two cores other work took part of the time, and only
ratios of the same row mean something; with two threads each waits for the other, so other work costs twice.
All three keep images with their channels innermost (`channels_last`), which is not PyTorch's default but faster.
LeNet-5 and ResNet-20 are trained with Nesterov's momentum and cross-entropy, MiniLM with AdamW on the mean squared error of
its token vectors, embeddings frozen.
"""


def main():
    source, results, markdown = map(Path, sys.argv[1:])
    lines = [json.loads(line) for line in source.read_text().splitlines()]
    document = {"provenance": provenance(results.parent, lines), "targets": TARGETS, "rows": rows(lines)}
    results.write_text(json.dumps(document, indent=2) + "\n")
    markdown.write_text(page(document))


if __name__ == "__main__":
    main()
