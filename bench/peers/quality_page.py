"""Write docs/quality.md from bench/results/quality.json: the measured values beside the published ones."""

import quality_cases

HEAD = """# Quality of pruned models

<!-- written by bench/quality.sh from bench/results/quality.json: do not edit -->

What `coppice prune` does to real models, with nothing repaired afterwards, beside the values that an independent
implementation published for the same method (DESIGN section 12). `bench/quality.sh` measures all of it again through
`./coppice` alone and writes this page; `bench/quality.sh 'minilm/*'` repeats a part. Every command line is in
[quality.json](../bench/results/quality.json).

Every pruned file below was also

- compared bit for bit with a naive numpy implementation: pruned exactly where that prunes, and nothing else changed
  (`bench/peers/verify_pruned.py`; for `erk`, `lamp`, `random`, `--keep` and `--max-nonzeros` `verify_allocation.py`);
- passed through ONNX's full check, loaded and run by ONNX Runtime (`full_check.py`);
- found no larger than its input.

{verdict}

Times are the wall seconds of whole commands with one thread on a machine shared with other work: they show the order of
magnitude, not the speed (`bench/prune-speed.sh` measures that).
"""

EXPLAINED = """
## Deviations

Where a value differs by more than the tolerance (.001 of a score; {wide}):

{lines}
"""


def number(value, metric):
    if value is None:
        return ""
    if metric == "perplexity":
        return f"{value:.2f}" if value < 100 else f"{value:,.1f}"
    return f"{value:.4f}"


def difference(result):
    """The signed distance from the published value, marked when it is beyond the tolerance."""
    if "difference" not in result:
        return ""
    mark = "" if result["reproduced"] else " **!**"
    digits = 2 if result["metric"] == "perplexity" else 4
    return f"{result['difference']:+.{digits}f}{mark}"


def verified(result):
    if result["failures"]:
        return "**no**"
    return "yes" if "prune" in result else ""


def row(case, result):
    prune, evaluate = result.get("prune", {}), result.get("evaluate", {})
    options = f"`{case.options}`" if case.options else "(dense)"
    limit = f", first {case.limit:,} samples" if case.limit else ""
    metric = result["metric"]
    return [
        options + limit,
        f"{prune['pruned']:,}" if prune else "",
        number(result["value"], metric),
        number(result["published"], metric) + ("" if case.source == "DESIGN 12" else f" ({case.source})"),
        difference(result),
        verified(result),
        f"{prune['seconds']:.0f}" if prune else "",
        f"{evaluate['seconds']:.0f}" if evaluate else "",
    ]


def table(head, rows):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]) + "\n"


def score_table(cases, results):
    head = ["pruned by", "weights pruned", "measured", "published", "difference", "verified"]
    head += ["prune, s", "evaluate, s"]
    return table(head, [row(case, results[case.name]) for case in cases])


def ocr_table(cases, results):
    rows = []
    for case in cases:
        result = results[case.name]
        quality = result["evaluate"]["quality"] or {}
        cells = [f"{quality[key]:.4g}" if key in quality else "" for key in ("cosine", "relative-error", "mse")]
        rows.append([case.subject, f"{result['prune']['pruned']:,}", *cells, verified(result)])
    head = ["model, 50 % uniform", "weights pruned", "cosine", "relative error", "mean squared error", "verified"]
    return table(head, rows)


def light_table(cases, results):
    rows = []
    for case in cases:
        prune = results[case.name]["prune"]
        reason = prune["notPruned"][0]["reason"].partition(":")[0] if prune.get("notPruned") else ""
        cells = [f"{prune['pruned']:,}", str(prune["exitCode"]), reason, verified(results[case.name])]
        rows.append([case.subject, f"`{case.options}`", *cells])
    return table(["model", "options", "weights pruned", "exit code", "why not", "verified"], rows)


def sections(results):
    """Yield the titles and tables of the cases that have results."""
    subjects = quality_cases.subjects()
    measured = [case for case in quality_cases.cases() if case.name in results]

    def of(names):
        return [case for case in measured if case.subject in names]

    for name in ("minilm", "resnet20", "efficientnet", "smollm2"):
        if of([name]):
            yield subjects[name].title, score_table(of([name]), results)
    if of(quality_cases.OCR):
        text = (
            "No labels: outputs beside the dense model's on eight seeded random inputs. That is far from any text: "
            "detectors answer\nit with almost nothing, so that a little more counts as a huge relative error.\n\n"
        )
        yield "PP-OCR", text + ocr_table(of(quality_cases.OCR), results)
    light = [case for case in measured if case.subject.startswith("light_")]
    if light:
        text = (
            "As they are their weights are placeholders (`ConstantOfShape`), of which nothing can be pruned: the "
            "command says so,\nwrites the model unchanged and ends with 4. Filled (`bench/peers/fill_light.py`) they are "
            "pruned like any other.\n\n"
        )
        yield "Topologies", text + light_table(light, results)


def verdict(results):
    compared = [result for result in results.values() if "reproduced" in result]
    pruned = [result for result in results.values() if "prune" in result]
    wrong = [name for name, result in results.items() if result["failures"]]
    passed = sum(not result["failures"] for result in pruned)
    reproduced = sum(result["reproduced"] for result in compared)
    text = f"{passed} of {len(pruned)} pruned files passed all of that; "
    text += f"{reproduced} of {len(compared)} published values were reproduced."
    text += f" Failed: {', '.join(wrong)}." if wrong else ""
    return text + missing(results)


def missing(results):
    absent = [case.name for case in quality_cases.cases() if case.name not in results]
    return f"\n\nNot measured yet: {'; '.join(absent)}." if absent else ""


def deviations(results):
    lines = []
    for case in quality_cases.cases():
        result = results.get(case.name, {})
        if result.get("reproduced") is False:
            lines.append(f"- {case.name}: {difference(result).split()[0]}. {case.note or 'Not explained yet.'}")
    wide = "perplexity: " + ", ".join(
        f"{case.tolerance:g} at {case.published:g}" for case in quality_cases.cases() if case.subject == "smollm2"
    )
    return EXPLAINED.format(wide=wide, lines="\n".join(lines) or "- none")


def provenance(document):
    facts = document["provenance"]
    commits = sorted({result["commit"][:10] for result in document["cases"].values()})
    changed = " with uncommitted changes" if facts["uncommittedChanges"] else ""
    dates = sorted(result["at"] for result in document["cases"].values())
    return (
        f"\n## Measured\n\n{dates[0]} to {dates[-1]}, commits {', '.join(commits)}{changed};\n"
        f"{facts['cpu']}, {facts['cores']} cores; {facts['os']};\n"
        f"{facts['jdk']}; {facts['coppice']}; ONNX Runtime {facts['onnxruntime']};\n"
        f"referees: Python {facts['python']}, onnx {facts['onnx']}, numpy {facts['numpy']}.\n"
        f"{facts.get('remark', '')}"
    )


def page(document):
    """Return the page as Markdown."""
    results = document["cases"]
    parts = [HEAD.format(verdict=verdict(results))]
    parts += [f"\n## {title}\n\n{body}" for title, body in sections(results)]
    return "".join([*parts, deviations(results), provenance(document)])
