"""Algorithm 1 on as many unlabeled clips as MER 2023 had, and on ten million; on one core.

Six classes, float32. Memory is what the process grows by, beside the probabilities themselves.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np

from bench.support import corpora, results
from selection import confidence

LABELED = 5_030
MANY = 10_000_000
CLASSES = 6
ETA = 0.8
ROUNDS = 5


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[corpora.MER2023, MANY])
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
    random = np.random.default_rng(0)
    labeled, labels = probabilities(LABELED, random), random.integers(0, CLASSES, LABELED)
    finding = median(lambda: confidence.class_thresholds(labeled, labels, ETA))
    thresholds = confidence.class_thresholds(labeled, labels, ETA)
    figures = [f"thresholds from {LABELED} labeled clips {finding * 1000:.1f} ms"]
    figures += [selecting(clips, thresholds, random) for clips in options.clips]
    results.report("selection", "; ".join(figures), record=options.record)


def selecting(clips: int, thresholds: confidence.Thresholds, random: np.random.Generator) -> str:
    table = probabilities(clips, random)
    before = peak()
    known = median(lambda: confidence.select(table, thresholds, checked=True))
    checked = median(lambda: confidence.select(table, thresholds))
    grown = (peak() - before) / (table.nbytes / 2**20)
    chosen = int(confidence.select(table, thresholds).per_class.sum())
    return (
        f"{clips} unlabeled ones, of which {chosen} are selected: {known * 1000:.1f} ms, "
        f"{checked * 1000:.1f} ms with their validation, {1 + grown:.1f} times their memory"
    )


def probabilities(clips: int, random: np.random.Generator) -> confidence.Array:
    """(clips, classes); made in place, so that making them is not what takes the most memory."""
    table = random.standard_exponential((clips, CLASSES), dtype=np.float32)
    table /= table.sum(axis=1, keepdims=True)
    return table


def peak() -> float:
    """The most memory that this process has had so far. MiB"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def median(work: Callable[[], object]) -> float:
    """Seconds that it takes, of several runs."""
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


if __name__ == "__main__":
    main()
