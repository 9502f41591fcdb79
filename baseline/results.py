"""§3.6: "we run each experiment three times and report the average result and standard deviation".

A run's figure is the mean over its folds of each fold's best epoch. Over the runs: the mean, and
the standard deviation with the number of runs as divisor (so that it is 0 for a single run).
"""

from pathlib import Path
from typing import Any

import numpy as np

from baseline.files import read_json, write_json
from baseline.metrics import combined
from baseline.run_folder import RESULT, RESULTS, Training
from baseline.spec import Spec

FIGURES = ("discrete", "dimensional", "combined", "accuracy")
Told = dict[str, Any]


def summarise(folder: Path, spec: Spec) -> Told:
    """Write and return results.json of a run whose trainings are all done.

    {grid: [{hidden, learning_rate, best, runs: [{run, discrete, dimensional, combined,
    accuracy}], and each of the four with its mean and, as discrete_sd …, its standard deviation}],
    best: {hidden, learning_rate}}. The best point has the highest mean of the combined metric;
    of equal ones the first: the smaller network, then the learning rate named first.
    """
    points = [
        _point(folder, spec, hidden, rate)
        for hidden in sorted(spec.hidden)
        for rate in spec.learning_rates
    ]
    best = max(points, key=lambda point: point["combined"])  # the first of equal ones
    for point in points:
        point["best"] = point is best
    told = {
        "grid": points,
        "best": {name: best[name] for name in ("hidden", "learning_rate")},
    }
    write_json(folder / RESULTS, told)
    return told


def _point(folder: Path, spec: Spec, hidden: int, rate: float) -> Told:
    runs = [_run(folder, spec, hidden, rate, run) for run in range(1, spec.runs + 1)]
    told: Told = {"hidden": hidden, "learning_rate": rate, "runs": runs}
    for name in FIGURES:
        mean, sd = mean_and_sd([run[name] for run in runs])
        told |= {name: mean, f"{name}_sd": sd}
    return told


def _run(folder: Path, spec: Spec, hidden: int, rate: float, run: int) -> Told:
    """The mean over the folds; a fold without any valence does not count for the dimensional."""
    folds = [
        read_json(folder / Training(hidden, rate, run, fold).folder / RESULT)
        for fold in range(1, spec.folds + 1)
    ]
    mean = {
        name: mean_and_sd([each[name] for each in folds if each[name] is not None])[0]
        for name in FIGURES
    }
    # Eq. 12 is linear: of the means it is the mean, unless some folds have no valence.
    discrete = mean["discrete"]
    assert discrete is not None
    return {"run": run, **mean, "combined": combined(discrete, mean["dimensional"])}


def mean_and_sd(values: list[float | None]) -> tuple[float | None, float | None]:
    """Mean and standard deviation (divisor: how many there are); None of nothing."""
    known = [value for value in values if value is not None]
    if not known:
        return None, None
    return float(np.mean(known)), float(np.std(known))
