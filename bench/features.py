"""Features of 78,000 clips, 1024 numbers each: imported, opened and read; and the authors' way.

Their loader looks for each clip's file by the beginning of its name (a glob over the whole folder)
and loads it; measured on some clips here and multiplied. Files were just written, so neither way
waits for a disk.
"""

import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from baseline.stores import FeatureStore
from bench.support import corpora, place, results
from config import state

CLIPS = 78_000
DIMENSION = 1024
SAMPLE = 100  # clips that are read the authors' way
ROUNDS = 5


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, default=CLIPS)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-place.CORES :])
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as home:
        layout, names = Path(home, "HL"), corpora.clip_names(options.clips)
        expected = written(layout, names)
        costs = [f"{options.clips} files of {DIMENSION} numbers imported {imported(layout)}"]
        costs += read(layout.with_name("store"), names, expected)
    results.report("features", "; ".join(costs), record=options.record)


def written(layout: Path, names: Sequence[str]) -> np.ndarray[Any, Any]:
    """The authors' layout: a file per clip. (clips, dimension)"""
    layout.mkdir()
    random = np.random.default_rng(0)
    matrix = random.standard_normal((len(names), DIMENSION), dtype=np.float32)
    for name, row in zip(names, matrix, strict=True):
        np.save(layout / f"{name}.npy", row)
    return matrix


def imported(layout: Path) -> place.Cost:
    command = [sys.executable, "-m", "baseline", "import-features", "HL", str(layout)]
    command += ["--modality", "acoustic", "--into", str(layout.with_name("store"))]
    start = time.monotonic()
    child = subprocess.Popen(
        command, cwd=state.CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return place.Cost(time.monotonic() - start, usage.ru_maxrss / 1024)


def read(folder: Path, names: list[str], expected: np.ndarray[Any, Any]) -> list[str]:
    """Both ways come to the same numbers; what each takes for all clips."""
    opening = median(lambda: FeatureStore.open(folder))
    store = FeatureStore.open(folder)
    assert (store.take(names) == expected).all()
    taking = median(lambda: FeatureStore.open(folder).take(names))
    some = np.random.default_rng(1).choice(len(names), SAMPLE, replace=False)
    layout = folder.with_name("HL")
    start = time.perf_counter()
    rows = np.stack([as_the_authors_do(layout, names[at]) for at in some])
    each = (time.perf_counter() - start) / SAMPLE
    assert (rows == expected[some]).all()
    whole = each * len(names)
    return [
        f"opened {opening * 1000:.0f} ms, opened and all read {taking:.2f} s",
        f"the authors' way {each * 1000:.1f} ms a clip, so {whole / 60:.0f} min, "
        f"{whole / taking:.0f} times as long",
    ]


def as_the_authors_do(layout: Path, name: str) -> np.ndarray[Any, Any]:
    """One clip's feature by the beginning of its name, which must fit one file only."""
    (file,) = glob.glob(f"{layout}/{name}*")
    return np.asarray(np.load(file))


def median(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
