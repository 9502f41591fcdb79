"""The chosen clips that came out reliable: MER-SEMI's hidden, labeled subset.

"For convenience, we only label a small subset for evaluation. Specifically, we exploit the maximum
softmax probabilities to measure the confidence and only select samples with high confidence for
annotation" (§2.3).
"""

import csv
import io
from typing import Any

from django.db import connection

from annotation.export_rows import exact
from selection.models import SelectionRun
from selection.opened import ITS_CLASS, ITS_LABELING, LABELS

COLUMNS = ("name", "discrete", "valence", "labels", "predicted", "confidence")
RELIABLE = f"""
    SELECT c.name, {LABELS} AS labels, l.valence_sum, l.valence_count, k.code, r.confidence
    FROM selection_runclip r JOIN collection_clip c ON c.id = r.clip_id {ITS_CLASS} {ITS_LABELING}
    WHERE r.run_id = %(run)s AND r.batch_id IS NOT NULL AND l.stage = 'labeled'
    ORDER BY c.name"""


def rows_of(run: SelectionRun) -> list[tuple[Any, ...]]:
    """By name, with COLUMNS; `discrete` is empty where several labels are final."""
    with connection.cursor() as cursor:
        cursor.execute(RELIABLE, {"run": run.pk})
        return [
            (
                name,
                labels[0] if len(labels) == 1 else None,
                exact(total, count),
                ";".join(labels),
                predicted,
                confidence,
            )
            for name, labels, total, count, predicted, confidence in cursor.fetchall()
        ]


def text_of(run: SelectionRun) -> str:
    """As a CSV. Names stay as they are, since programs read these files."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows_of(run))
    return out.getvalue()
