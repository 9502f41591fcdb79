"""Labels, labelings and their (video, label) pairs."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.models.choices import STAGES
from annotation.protocol import Stage
from collection.models import Clip, Corpus


class Emotion(models.Model):
    """A label of a corpus's label set; `special` for other, unjudgeable."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="emotions")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100, blank=True)
    definition_en = models.TextField(blank=True)
    definition_zh = models.TextField(blank=True)
    key = models.CharField(max_length=1, blank=True)
    special = models.BooleanField(default=False)
    valence_sign = models.SmallIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["corpus", "code"], name="emotion_codes_are_unique"),
            models.UniqueConstraint(
                fields=["corpus", "key"], condition=~Q(key=""), name="emotion_keys_are_unique"
            ),
            models.CheckConstraint(
                condition=Q(valence_sign=None) | Q(valence_sign__in=[-1, 0, 1]),
                name="valence_sign_is_minus_1_0_or_1",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Labeling(models.Model):
    """One numbered way of a clip through §2.2. At most one of a clip is open."""

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="labelings")
    corpus = models.ForeignKey(
        Corpus, on_delete=models.CASCADE, related_name="labelings", db_index=False
    )
    number = models.PositiveSmallIntegerField(default=1)
    stage = models.CharField(max_length=12, choices=STAGES, default=Stage.EMOTION)
    round = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=80, blank=True)
    valence_sum = models.IntegerField(null=True)
    valence_count = models.PositiveSmallIntegerField(null=True)
    first_round_emotion_votes = models.PositiveSmallIntegerField(null=True)
    opening = models.ForeignKey(
        "annotation.Opening", null=True, on_delete=models.SET_NULL, related_name="labelings"
    )
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["clip", "number"], name="labelings_are_numbered"),
            models.UniqueConstraint(
                fields=["clip"],
                condition=~Q(stage__in=["labeled", "unlabeled"]),
                name="a_clip_has_at_most_one_open_labeling",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[stage.value for stage in Stage]),
                name="a_labeling_stands_at_a_stage",
            ),
            models.CheckConstraint(
                condition=Q(stage="unlabeled") & ~Q(reason="")
                | ~Q(stage="unlabeled") & Q(reason=""),
                name="what_is_unlabeled_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(valence_sum=None, valence_count=None)
                | Q(
                    stage="labeled",
                    valence_sum__isnull=False,
                    valence_count__isnull=False,
                    valence_count__gte=1,
                ),
                name="only_a_labeled_clip_has_a_valence",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["corpus", "stage", "round"], name="labeling_stage_counts"),
            # Small: it spares looking whether a labeling is its clip's latest.
            models.Index(
                fields=["clip", "number"], name="labeling_again", condition=Q(number__gt=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clip} #{self.number}"


class SettingAside(models.Model):
    """A coordinator took a clip out of the labeling, with a reason; it may be restored."""

    labeling = models.ForeignKey(Labeling, on_delete=models.CASCADE, related_name="settings_aside")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["labeling"],
                condition=Q(restored_at=None),
                name="a_labeling_is_set_aside_once_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="what_is_set_aside_has_a_reason"),
        ]


class LabelPair(models.Model):
    """The paper's (video, label) pair: a label that passed the agreement check of a round.

    `rank` orders the pairs of a round; a pair that a correction or a void took back is
    withdrawn, not deleted, once somebody judged it.
    """

    labeling = models.ForeignKey(Labeling, on_delete=models.CASCADE, related_name="pairs")
    round = models.PositiveSmallIntegerField()
    emotion = models.ForeignKey(Emotion, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["labeling", "round", "emotion"], name="a_label_is_proposed_once_per_round"
            ),
            models.UniqueConstraint(
                fields=["id", "labeling", "round"], name="a_pair_is_of_one_round_of_a_labeling"
            ),
        ]
