"""What annotators learn from: example clips of each label, and clips to practice on.

Both show their answer, so their clips are not being labeled meanwhile (migration 0004).
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from annotation.models.choices import ANSWERS, SEAT_STAGES
from annotation.models.labelings import Emotion
from collection.models import Clip, Corpus


class Example(models.Model):
    """A clip that shows what a label means; beside the definition in the guidelines."""

    emotion = models.ForeignKey(Emotion, on_delete=models.CASCADE, related_name="examples")
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="examples")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["emotion", "clip"], name="a_clip_is_an_example_of_a_label_once"
            )
        ]


class PracticeClip(models.Model):
    """A clip of the tour before real work: what is asked of it, and what a good answer is.

    `emotion` is the expected label (emotion stage) or the proposed one (reliability);
    `reliability` the expected judgement; `valence_from` to `valence_to` the expected steps.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="practice_clips")
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="practice_clips")
    position = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=12, choices=SEAT_STAGES)
    emotion = models.ForeignKey(Emotion, null=True, on_delete=models.CASCADE, related_name="+")
    reliability = models.CharField(max_length=12, choices=ANSWERS, blank=True)
    valence_from = models.SmallIntegerField(null=True)
    valence_to = models.SmallIntegerField(null=True)
    explanation_en = models.TextField(blank=True)
    explanation_zh = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["corpus", "position"], name="practice_clips_are_numbered"
            ),
            models.CheckConstraint(
                condition=Q(
                    stage="emotion",
                    emotion__isnull=False,
                    reliability="",
                    valence_from=None,
                    valence_to=None,
                )
                | Q(
                    stage="reliability",
                    emotion__isnull=False,
                    reliability__in=["reliable", "unreliable", "unjudgeable"],
                    valence_from=None,
                    valence_to=None,
                )
                | Q(
                    stage="valence",
                    emotion=None,
                    reliability="",
                    valence_from__isnull=False,
                    valence_to__isnull=False,
                    valence_to__gte=models.F("valence_from"),
                ),
                name="a_practice_clip_has_the_answer_its_stage_asks_for",
            ),
        ]
