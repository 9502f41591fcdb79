"""§2.3 as rows: a corpus's clips scored, selections among them by Algorithm 1, what was opened.

A scoring's probabilities lie in a folder (`places.py`); a selection run keeps every clip's
confidence and predicted class as rows, since people look at them clip by clip for years.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from annotation.models import Opening
from collection.models import Clip, Corpus
from jobs.models import Job
from training.models import Prediction, TrainedModel

OF_THE_PERSON: dict[str, Any] = {"null": True, "on_delete": models.SET_NULL, "related_name": "+"}


class Confidences(models.TextChoices):
    """Of which labeled clips the thresholds come."""

    IN_SAMPLE = "in_sample"  # Algorithm 1 as printed: the model on its own training clips
    OUT_OF_FOLD = "out_of_fold"  # each fold's network on the clips that it has not seen


class Scoring(models.Model):
    """The labeled clips D_l and the pool D̃_u of a corpus, with the probability of each class.

    By a trained model, or from a file of somebody else's classifier. The pool is what was not
    labeled when it was scored: clips never opened, and those whose latest labeling ended unlabeled.
    A model may be deleted afterwards; its digest stays. `folds` is how many networks' own
    probabilities are kept, 0 where only their mean is known. `digest` is of everything that a
    selection depends on.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="scorings")
    model = models.ForeignKey(
        TrainedModel, null=True, on_delete=models.SET_NULL, related_name="scorings"
    )
    model_digest = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=300, blank=True)  # as it was sent
    classes = ArrayField(models.CharField(max_length=60))  # codes, in the probabilities' order
    missing = models.CharField(
        max_length=6, choices=Prediction.Missing, default=Prediction.Missing.REFUSE
    )
    folds = models.PositiveSmallIntegerField(null=True)
    labeled = models.PositiveIntegerField(null=True)  # N_l
    unlabeled = models.PositiveIntegerField(null=True)  # N_u
    left_out = models.PositiveIntegerField(null=True)  # of the pool: nothing is known of them
    digest = models.CharField(max_length=64, blank=True)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="scoring")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **OF_THE_PERSON)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(Q(file_name=""), ~Q(model_digest=""))
                | Q(~Q(file_name=""), model_digest="", model=None),
                name="a_scoring_is_of_a_model_or_of_a_file",
            ),
            models.CheckConstraint(
                condition=Q(ready_at=None)
                | Q(
                    ~Q(digest=""),
                    folds__isnull=False,
                    labeled__isnull=False,
                    labeled__gt=0,
                    unlabeled__isnull=False,
                    unlabeled__gt=0,
                    left_out__isnull=False,
                ),
                name="a_ready_scoring_has_clips",
            ),
        ]  # and in sql/rules.sql what looks into the lists and beyond one row


class SelectionRun(models.Model):
    """Algorithm 1 with one eta over one scoring: S̃_u, and of what it comes. Never changed.

    `pool` is N_u, `selected` how many of it are chosen, `digest` of the chosen set.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="selection_runs")
    scoring = models.ForeignKey(Scoring, on_delete=models.PROTECT, related_name="runs")
    scoring_digest = models.CharField(max_length=64)
    eta = models.FloatField()  # the quantile of line 10; the portion of §2.3 is 1 − eta
    confidences = models.CharField(
        max_length=11, choices=Confidences, default=Confidences.IN_SAMPLE
    )
    labeled = models.PositiveIntegerField()
    pool = models.PositiveIntegerField()
    selected = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="selection_run"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **OF_THE_PERSON)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(eta__gte=0, eta__lte=1), name="eta_is_a_quantile"),
            models.CheckConstraint(
                condition=Q(selected__gt=0, selected__lte=F("pool")),
                name="a_selection_run_selects_some_of_its_pool",
            ),
            models.UniqueConstraint(
                fields=["corpus", "scoring_digest", "eta", "confidences"],
                name="the_same_selection_is_made_once",
            ),
            models.UniqueConstraint(
                fields=["corpus"],
                condition=Q(ready_at=None),
                name="one_selection_is_made_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"selection run {self.pk}"

    @property
    def portion(self) -> float:
        """The "highest η portion" of §2.3, without what binary fractions add to it."""
        return round(1 - self.eta, 12)


class SelectionClass(models.Model):
    """λ_j of one class, of how many correctly predicted labeled clips, and what it selects.

    `thresholds` and `correct` have one entry, or one for each fold; an empty G_j has no threshold.
    """

    run = models.ForeignKey(SelectionRun, on_delete=models.CASCADE, related_name="classes")
    position = models.PositiveSmallIntegerField()  # j, from 0
    code = models.CharField(max_length=60)
    labeled = models.PositiveIntegerField()
    correct = ArrayField(models.PositiveIntegerField())  # |G_j|
    thresholds = ArrayField(models.FloatField(null=True))
    predicted = models.PositiveIntegerField()  # of the pool
    selected = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["run", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "position"], name="a_selection_has_one_threshold_a_class"
            ),
            models.UniqueConstraint(fields=["run", "code"], name="a_selection_names_a_class_once"),
            models.CheckConstraint(
                condition=Q(selected__lte=F("predicted")),
                name="a_class_selects_no_more_than_it_is_predicted",
            ),
        ]


class SelectionBatch(models.Model):
    """Chosen clips opened in one step; its outcome is that of its opening's labelings."""

    run = models.ForeignKey(SelectionRun, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()  # from 1
    opening = models.OneToOneField(
        Opening, on_delete=models.PROTECT, related_name="selection_batch"
    )

    class Meta:
        ordering: ClassVar = ["run", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="batches_of_a_run_have_numbers")
        ]


class RunClip(models.Model):
    """What a run says of one clip of the pool: ê, s, and whether it is chosen.

    `folds` is how many networks select it, where each fold has thresholds of its own.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(
        SelectionRun, on_delete=models.CASCADE, related_name="clips", db_index=False
    )  # the unique constraint's index finds them
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()  # ê, from 0
    confidence = models.FloatField()  # s
    folds = models.PositiveSmallIntegerField(null=True)
    chosen = models.BooleanField()
    batch = models.ForeignKey(
        SelectionBatch, null=True, on_delete=models.SET_NULL, related_name="clips"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "clip"], name="a_run_says_one_thing_of_a_clip"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1),
                name="a_confidence_is_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(batch=None) | Q(chosen=True), name="only_chosen_clips_are_opened"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["run", "-confidence"], name="chosen_by_confidence", condition=Q(chosen=True)
            )
        ]
