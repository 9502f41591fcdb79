"""D_l = {(x_i, e_i, v_i)} of §3.1: the corpus's labeled clips with one final label."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import connection

from annotation.clip_list import LATEST
from annotation.export_rows import PAIRS, exact, streamed
from annotation.models import Emotion
from baseline.labels import Labels
from collection.models import Corpus

LABELED = f"""
    SELECT c.name, p.labels, l.valence_sum, l.valence_count, v.name AS video, c.speaker
    FROM annotation_labeling l JOIN collection_clip c ON c.id = l.clip_id
    JOIN ({PAIRS}) p ON p.labeling_id = l.id AND p.round = l.round
    LEFT JOIN collection_video v ON v.id = c.video_id
    WHERE l.corpus_id = %(corpus)s AND l.stage = 'labeled' AND {LATEST}"""
WITH_ONE_LABEL = f"SELECT * FROM ({LABELED}) d WHERE cardinality(labels) = 1 ORDER BY name"
COUNTS = f"""
    SELECT count(*) FILTER (WHERE cardinality(labels) > 1),
        count(valence_sum) FILTER (WHERE cardinality(labels) = 1),
        count(DISTINCT video) FILTER (WHERE cardinality(labels) = 1),
        count(DISTINCT nullif(speaker, '')) FILTER (WHERE cardinality(labels) = 1)
    FROM ({LABELED}) d"""
BY_CLASS = f"""
    SELECT labels[1], count(*) FROM ({LABELED}) d WHERE cardinality(labels) = 1 GROUP BY 1"""


class ClassCount(NamedTuple):
    code: str
    name_en: str
    name_zh: str
    clips: int


@dataclass(frozen=True)
class Summary:
    """How many clips D_l has; `several_labels` is what it leaves out."""

    with_valence: int
    several_labels: int
    classes: list[ClassCount]
    groups: dict[str, int]

    @property
    def clips(self) -> int:
        return sum(each.clips for each in self.classes)


def summary(corpus: Corpus) -> Summary:
    """D_l in numbers, whatever its size; classes in the corpus's order, special labels aside."""
    of = {"corpus": corpus.pk}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, of)
        several, with_valence, videos, speakers = cursor.fetchone()
        cursor.execute(BY_CLASS, of)
        clips = dict(cursor.fetchall())
    labels = Emotion.objects.filter(corpus=corpus, special=False).order_by("position")
    classes = [
        ClassCount(each.code, each.name_en, each.name_zh, clips.get(each.code, 0))
        for each in labels
    ]
    return Summary(with_valence, several, classes, {"video": videos, "speaker": speakers})


def labeled_clips(corpus: Corpus, classes: Collection[str]) -> Labels:
    """D_l by name, of these classes, as the baseline takes it."""
    rows = [row for row in streamed(WITH_ONE_LABEL, corpus) if row[1][0] in classes]
    valences = [exact(total, count) for _, _, total, count, _, _ in rows]
    return Labels(
        names=[name for name, *_ in rows],
        emotions=[labels[0] for _, labels, *_ in rows],
        valences=np.array([np.nan if v is None else v for v in valences], np.float32),
        videos=[_one_line(video or "") for *_, video, _ in rows],
        speakers=[_one_line(speaker) for *_, speaker in rows],
    )


def _one_line(text: str) -> str:
    """Groups are told apart by what one sees of them."""
    return " ".join(text.split())
