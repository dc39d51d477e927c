"""Measure commands as whole processes, by the operating system's own accounting."""

import os
import statistics
import subprocess
import time


def run(command, stdout=subprocess.DEVNULL):
    """Run a command; return (wall seconds, peak resident bytes of its largest process) and raise if it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{command} ended with {child.returncode}: {errors.decode(errors='replace').strip()}")
    return seconds, usage.ru_maxrss * 1024  # Linux counts in KiB


def spread(values, digits=3):
    """Return the median and the range of some runs."""
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
    }
