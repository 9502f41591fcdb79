"""What a page shows of a scoring before anything is selected: written by the job, read as it is.

Thresholds are rounded for the page; selection runs compute their own.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.sentences import Reason, counted
from selection import confidence, etas, folds, places, pool
from selection.etas import EtaTable
from selection.models import Scoring
from selection.scored import Scored, files_missing, not_ready, with_folds
from selection.usable import classes_of

FILE = "explorer.json"
BINS = 40
FEW = 10  # correct predictions: a quantile of fewer says little; of a fold's, too
DECIMALS = 7  # of a threshold, as precise as 32 bits are

Lists = Sequence[NDArray[np.float64]]  # of each class


def write(scored: Scored, file: Path, left_out: int) -> None:
    """Two lines of JSON: of the classes, and all else as it is sent.

    `left_out`: clips of the pool of which nothing is known.
    """
    classes = range(len(scored.classes))
    correct = confidence.correct_confidences(scored.f_l, scored.labels)
    predicted = confidence.predictions(scored.f_u)
    unlabeled = [predicted.confidences[predicted.classes == place] for place in classes]
    edges = np.linspace(1 / len(scored.classes), 1, BINS + 1)
    in_sample = _in_sample(etas.eta_table(correct, predicted))
    ways: dict[str, Any] = {"in_sample": in_sample, "out_of_fold": None}
    unseen = of_each = None
    if scored.folds_of is not None:
        of_folds_l, of_folds_u, folds_of = with_folds(scored)
        of_each = folds.fold_confidences(of_folds_l, scored.labels, folds_of)
        unseen = [np.concatenate(of_class) for of_class in zip(*of_each, strict=True)]
        ways["out_of_fold"] = _out_of_fold(etas.eta_table_of_folds(of_each, of_folds_u, scored.f_u))
    about = {
        "codes": list(scored.classes),
        "labeled": np.bincount(scored.labels, minlength=len(classes)).tolist(),
        "correct": [len(each) for each in correct],
        "predicted": [len(each) for each in unlabeled],
    }
    rest = {
        "edges": edges.tolist(),
        "correct": _histograms(correct, edges),
        "unseen": None if unseen is None else _histograms(unseen, edges),
        "unlabeled": _histograms(unlabeled, edges),
        "ways": ways,
        "warnings": [
            {"code": said.code, "detail": said.text, "params": said.params}
            for said in _warnings(scored, correct, of_each, left_out)
        ],
    }
    file.write_text(f"{_json(about)}\n{_json(rest)}\n", encoding="utf-8")


def told(scoring: Scoring) -> str:
    """The JSON of the page, with the classes' names and the pool as they are now.

    Raises Refusal `scoring_not_ready`, `scoring_files_missing`.
    """
    if scoring.ready_at is None:
        raise not_ready(scoring)
    try:
        first, rest = (places.arrays_of(scoring) / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise files_missing(scoring) from error
    about = json.loads(first)
    names = {each.code: each for each in classes_of(scoring.corpus)}
    classes = [
        {
            "code": code,
            "name_en": names[code].name_en if code in names else code,
            "name_zh": names[code].name_zh if code in names else "",
            **{count: about[count][place] for count in ("labeled", "correct", "predicted")},
        }
        for place, code in enumerate(about["codes"])
    ]
    now = {"classes": classes, "changed": asdict(pool.changed(scoring))}
    return f"{_json(now)[:-1]},{rest[1:]}"


def _in_sample(table: EtaTable) -> dict[str, Any]:
    return {"thresholds": _rounded(table.thresholds), "selected": table.selected.tolist()}


def _out_of_fold(table: EtaTable) -> dict[str, Any]:
    """A fold without a correct prediction of a class has a threshold above all others."""
    ordered = np.sort(table.thresholds, axis=1)
    with np.errstate(invalid="ignore"):  # ∞ − ∞ between two folds without a threshold
        median = np.median(ordered, axis=1)
    return {
        "thresholds": _rounded(median),
        "lowest": _rounded(ordered[:, 0]),
        "highest": _rounded(ordered[:, -1]),
        "selected": table.selected.tolist(),
    }


def _rounded(thresholds: NDArray[np.float64]) -> list[list[float | None]]:
    """(etas, classes), null where there is none."""
    return [
        [value if np.isfinite(value) else None for value in row]
        for row in np.round(thresholds, DECIMALS).tolist()
    ]


def _histograms(of_classes: Lists, edges: NDArray[np.float64]) -> list[list[int]]:
    """A confidence is at least 1/C; rounding may put it a last bit below, or above 1."""
    inside = [np.clip(each, edges[0], edges[-1]) for each in of_classes]
    return [np.histogram(each, edges)[0].tolist() for each in inside]


def _warnings(
    scored: Scored, correct: Lists, of_folds: Sequence[Lists] | None, left_out: int
) -> Iterator[Reason]:
    for place, code in enumerate(scored.classes):
        count = len(correct[place])
        if count == 0:
            yield Reason(
                "class_without_correct_predictions",
                f"No labeled clip of {code} was predicted right: {code} has no threshold, and "
                "nothing that is predicted to be of it is selected.",
                emotion=code,
            )
        elif count < FEW:
            yield Reason(
                "class_with_few_correct_predictions",
                f"{counted(count, 'labeled clip')} of {code} predicted right: a threshold from so "
                "few says little.",
                emotion=code,
                count=count,
            )
        if count and of_folds is not None:
            yield from _unseen_warnings(code, [len(of_fold[place]) for of_fold in of_folds])
    if left_out:
        yield Reason(
            "pool_clips_left_out",
            f"{counted(left_out, 'clip')} of the pool left out: nothing is known of them.",
            count=left_out,
        )


def _unseen_warnings(code: str, of_folds: list[int]) -> Iterator[Reason]:
    """`of_folds`: of how many correct predictions each fold's threshold comes."""
    known, middle = sum(map(bool, of_folds)), sorted(of_folds)[(len(of_folds) - 1) // 2]
    if known <= len(of_folds) / 2:
        yield Reason(
            "class_without_unseen_correct_predictions",
            f"{known} of {len(of_folds)} folds predicted unseen clips of {code} right, not most of "
            f"them: with confidences from unseen clips nothing of {code} is selected.",
            emotion=code,
            known=known,
            folds=len(of_folds),
        )
    elif middle < FEW:
        yield Reason(
            "class_with_few_unseen_correct_predictions",
            f"Half of the folds predicted no more than {middle} unseen clips of {code} right: "
            "thresholds from so few say little.",
            emotion=code,
            count=middle,
        )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
