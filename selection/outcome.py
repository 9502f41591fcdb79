"""What became of the clips that a selection run's batches have opened.

How many passed each gate of §2.2, and how often the prediction was right, by class and by
confidence. Of the labelings that the run's own openings have made; those of others count nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db import connection

from annotation.protocol import SEAT_STAGES, Stage
from selection.models import SelectionRun
from selection.opened import ITS_CLASS, ITS_LABELING, LABELS, RIGHT

BINS = 10
Z = 1.959963984540054  # the normal distribution's quantile at 0.975

# "all annotations of a video clip must be reliable" (§2.2). A clip that is being rated or labeled
# has passed. Of one that is set aside, its last round's pairs tell it: each has as many votes as
# the corpus asks for, and all of them are reliable.
PASSED = """CASE l.stage WHEN 'valence' THEN true WHEN 'labeled' THEN true
    WHEN 'set_aside' THEN coalesce((SELECT bool_and(judged >= o.reliability_votes AND all_reliable)
        FROM (SELECT p.id, p.round, max(p.round) OVER () AS last, count(v.id) AS judged,
                coalesce(bool_and(v.reliability = 'reliable') FILTER (WHERE v.id IS NOT NULL), true)
                    AS all_reliable
            FROM annotation_labelpair p
            LEFT JOIN annotation_seat s ON s.pair_id = p.id AND s.closed IS NULL
            LEFT JOIN annotation_reliabilityvote v ON v.seat_id = s.id
                AND v.superseded_at IS NULL AND v.void_id IS NULL
            WHERE p.labeling_id = l.id AND p.withdrawn_at IS NULL GROUP BY p.id) pairs
        WHERE round = last), false)
    ELSE false END"""
# Labelings alike in all that is counted, as one row. Confidences are compared with the limits of
# the bins, which are as many as the bins less one.
OPENED = f"""
    SELECT k.code, width_bucket(r.confidence, %(limits)s::float8[]) AS bin, l.stage, l.reason,
        EXISTS (SELECT FROM annotation_labelpair p
            WHERE p.labeling_id = l.id AND p.withdrawn_at IS NULL) AS agreed,
        {PASSED} AS reliable,
        CASE WHEN l.stage = 'labeled' THEN {RIGHT} ELSE false END AS is_right,
        CASE WHEN l.stage = 'labeled' THEN ({LABELS})[1] END AS became,
        count(*) AS clips, sum(r.confidence) AS confidence
    FROM selection_runclip r {ITS_CLASS} {ITS_LABELING}
    JOIN annotation_opening a ON a.id = b.opening_id
    JOIN collection_corpus o ON o.id = a.corpus_id
    WHERE r.run_id = %(run)s AND r.batch_id IS NOT NULL AND l.id IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""


@dataclass(frozen=True, slots=True)
class Alike:
    """Opened clips of which the same is counted."""

    code: str  # as predicted
    bin: int
    stage: str
    reason: str
    agreed: bool
    reliable: bool
    right: bool
    became: str | None  # the first final label
    clips: int
    confidence: float  # summed


def outcome(run: SelectionRun) -> dict[str, Any]:
    """As the run's page shows it; two queries, whatever the run's size."""
    codes = [each.code for each in run.classes.all()]
    limits = [step / BINS for step in range(1, BINS)]
    with connection.cursor() as cursor:
        cursor.execute(OPENED, {"run": run.pk, "limits": limits})
        rows = [Alike(*row) for row in cursor.fetchall()]
    labeled = [row for row in rows if row.stage == Stage.LABELED]
    unlabeled = [row for row in rows if row.stage == Stage.UNLABELED]
    stages = _counted((row.stage, row.clips) for row in rows)
    gates = (*SEAT_STAGES, Stage.LABELED, Stage.UNLABELED, Stage.SET_ASIDE)
    return {
        "opened": _sum(rows),
        "gates": {stage.value: stages[stage.value] for stage in gates},
        "agreed": _sum(row for row in rows if row.agreed),
        "reliable": _sum(row for row in rows if row.reliable),
        "labeled": _sum(labeled),
        "unlabeled_reasons": [
            {"reason": reason, "clips": clips}
            for reason, clips in _most_first((row.reason, row.clips) for row in unlabeled)
        ],
        "right": _sum(row for row in labeled if row.right),
        "judged": _sum(labeled),
        "by_class": [_of_class(code, [r for r in rows if r.code == code]) for code in codes],
        "calibration": [
            _of_bin(place, [row for row in labeled if row.bin == place]) for place in range(BINS)
        ],
    }


def wilson(right: int, clips: int) -> tuple[float, float]:
    """The 95 % interval of a portion (Wilson 1927): with p = right / clips and z of the normal
    distribution, (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n). `clips` at least 1."""
    n, p, z2 = clips, right / clips, Z * Z
    middle, scale = p + z2 / (2 * n), 1 + z2 / n
    off = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, (middle - off) / scale), min(1.0, (middle + off) / scale)


def _of_class(code: str, rows: list[Alike]) -> dict[str, Any]:
    labeled = [row for row in rows if row.stage == Stage.LABELED]
    became = ((row.became or "", row.clips) for row in labeled)
    return {
        "code": code,
        "opened": _sum(rows),
        "agreed": _sum(row for row in rows if row.agreed),
        "reliable": _sum(row for row in rows if row.reliable),
        "labeled": _sum(labeled),
        "unlabeled": _sum(row for row in rows if row.stage == Stage.UNLABELED),
        "right": _sum(row for row in labeled if row.right),
        "became": [{"code": code, "clips": clips} for code, clips in _most_first(became)],
    }


def _of_bin(place: int, labeled: list[Alike]) -> dict[str, Any]:
    clips, right = _sum(labeled), _sum(row for row in labeled if row.right)
    lowest, highest = wilson(right, clips) if clips else (None, None)
    return {
        "low": place / BINS,
        "high": (place + 1) / BINS,
        "clips": clips,
        "confidence": sum(row.confidence for row in labeled) / clips if clips else None,
        "right": right,
        "accuracy": right / clips if clips else None,
        "lowest": lowest,
        "highest": highest,
    }


def _sum(rows: Iterable[Alike]) -> int:
    return sum(row.clips for row in rows)


def _counted(pairs: Iterable[tuple[str, int]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, clips in pairs:
        counts[name] += clips
    return counts


def _most_first(pairs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(_counted(pairs).items(), key=lambda pair: (-pair[1], pair[0]))
