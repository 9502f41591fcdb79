"""§3 as rows: feature sets of a corpus, trainings over a grid, trained models, predictions.

What is large or numeric lies in folders that `baseline/` writes and reads: `folders.py` says
where. A row says who asked for it, with which numbers, and what came of it.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from baseline.modalities import MODALITIES
from collection.models import Corpus
from jobs.models import Job

OF_THE_PERSON: dict[str, Any] = {"null": True, "on_delete": models.SET_NULL, "related_name": "+"}


class Modality(models.TextChoices):
    ACOUSTIC = "acoustic"
    LEXICAL = "lexical"
    VISUAL = "visual"


assert tuple(Modality.values) == MODALITIES


class FeatureSet(models.Model):
    """f^m of a corpus's clips (§3.2–3.4), extracted here or brought along.

    `recipe` identifies how the numbers are made (extractor, weights, layers, pooling, dimension),
    `digest` the numbers themselves. `rows` clips have one, of which `empty` had nothing to
    extract from: no speech track, no transcript, no face.
    """

    class Origin(models.TextChoices):
        EXTRACTED = "extracted"
        IMPORTED = "imported"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="feature_sets")
    name = models.CharField(
        max_length=60,
        validators=[
            RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._+-]*\Z", "letters, digits and . _ + -")
        ],
    )
    modality = models.CharField(max_length=8, choices=Modality)
    origin = models.CharField(max_length=9, choices=Origin)
    extractor = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=300, blank=True)  # a hub's name or a folder
    layers = models.CharField(max_length=60, blank=True)
    pooling = models.CharField(max_length=20, blank=True)
    file_name = models.CharField(max_length=300, blank=True)  # as it was sent
    dimension = models.PositiveIntegerField(null=True)
    rows = models.PositiveIntegerField(null=True)
    empty = models.PositiveIntegerField(null=True)
    recipe = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="feature_set"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **OF_THE_PERSON)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["modality", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["corpus", "name"],
                name="feature_set_names_are_unique",
                violation_error_message="This corpus has a feature set of that name already.",
            ),
            models.CheckConstraint(
                condition=Q(origin="imported", extractor="")
                | Q(Q(origin="extracted"), ~Q(extractor="")),
                name="what_is_extracted_says_by_what",
            ),
            models.CheckConstraint(
                condition=Q(ready_at=None)
                | Q(
                    ~Q(digest=""),
                    ~Q(recipe=""),
                    dimension__isnull=False,
                    dimension__gt=0,
                    rows__isnull=False,
                    rows__gt=0,
                    empty__isnull=False,
                    empty__lte=F("rows"),
                ),
                name="a_ready_feature_set_has_rows_and_a_dimension",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TrainingRun(models.Model):
    """One combination of feature sets, trained over the grid of §3.6 by cross-validation.

    `clips` are D_l as it was when the run was asked for: its folder keeps their names and labels.
    """

    class Variant(models.TextChoices):
        PAPER = "paper"  # Eq. 1–5 as printed
        RELEASED = "released"  # as the authors' code has it

    class GroupBy(models.TextChoices):
        NOTHING = ""
        VIDEO = "video"
        SPEAKER = "speaker"

    class Device(models.TextChoices):
        CPU = "cpu"
        CUDA = "cuda"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="training_runs")
    classes = ArrayField(models.CharField(max_length=60))  # codes, in the corpus's order
    variant = models.CharField(max_length=8, choices=Variant, default=Variant.PAPER)
    hidden_sizes = ArrayField(models.PositiveIntegerField())  # h
    learning_rates = ArrayField(models.FloatField())
    folds = models.PositiveSmallIntegerField(default=5)
    runs = models.PositiveSmallIntegerField(default=3)
    epochs = models.PositiveSmallIntegerField(default=100)
    batch_size = models.PositiveSmallIntegerField(default=32)
    dropout = models.FloatField(default=0.3)
    weight_decay = models.FloatField(default=1e-5)
    seed = models.BigIntegerField(default=2023)
    group_by = models.CharField(max_length=7, choices=GroupBy, blank=True, default="")
    standardise = models.BooleanField(default=True)
    device = models.CharField(max_length=4, choices=Device, default=Device.CPU)
    clips = models.PositiveIntegerField()
    clips_with_valence = models.PositiveIntegerField()
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="training_run"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **OF_THE_PERSON)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(folds__gte=2, runs__gte=1, epochs__gte=1, batch_size__gte=2),
                name="a_run_has_folds_runs_epochs_and_batches",
            ),
            models.CheckConstraint(
                condition=Q(dropout__gte=0, dropout__lt=1, weight_decay__gte=0),
                name="dropout_is_a_share_and_weight_decay_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(clips_with_valence__lte=F("clips")),
                name="a_run_has_no_more_valences_than_clips",
            ),
        ]  # and in sql/rules.sql what looks into the lists and beyond one row

    def __str__(self) -> str:
        return f"training run {self.pk}"

    @property
    def trainings(self) -> int:
        """How many networks are trained: for each point of the grid, run and fold."""
        return len(self.hidden_sizes) * len(self.learning_rates) * self.runs * self.folds


class RunFeature(models.Model):
    """A feature set that a run uses, one per modality, with the digest it had."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="features")
    modality = models.CharField(max_length=8, choices=Modality)
    feature_set = models.ForeignKey(FeatureSet, on_delete=models.PROTECT, related_name="used_in")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["modality"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "modality"], name="a_run_has_one_feature_set_per_modality"
            )
        ]


class RunResult(models.Model):
    """What one hidden size and learning rate gave: mean ± standard deviation over the runs (§3.6).

    Each run's figure is the mean over its folds' best epochs; the dimensional ones are missing
    where no clip has a valence.
    """

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="results")
    hidden_size = models.PositiveIntegerField()
    learning_rate = models.FloatField()
    discrete = models.FloatField()  # metric_e, Eq. 10
    discrete_sd = models.FloatField()
    dimensional = models.FloatField(null=True)  # metric_v, Eq. 11
    dimensional_sd = models.FloatField(null=True)
    combined = models.FloatField()  # Eq. 12; Eq. 10 where there is no valence
    combined_sd = models.FloatField()
    best = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["hidden_size", "-learning_rate"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "hidden_size", "learning_rate"],
                name="a_point_of_the_grid_has_one_result",
            ),
            models.UniqueConstraint(
                fields=["run"], condition=Q(best=True), name="one_point_of_the_grid_is_the_best"
            ),
        ]


class TrainedModel(models.Model):
    """The five folds' weights of the best point of a run's grid; its folder is the run's `model`.

    The figures are of the folds' pooled validation predictions, so each clip is judged by a
    network that has not seen it.
    """

    run = models.OneToOneField(TrainingRun, on_delete=models.CASCADE, related_name="model")
    digest = models.CharField(max_length=64)
    discrete = models.FloatField()
    dimensional = models.FloatField(null=True)
    combined = models.FloatField()
    accuracy = models.FloatField()
    calibration_error = models.FloatField()
    made_at = models.DateTimeField(auto_now_add=True)


class Prediction(models.Model):
    """Emotion probabilities and valence by a model for clips of the corpus, in one file."""

    class Clips(models.TextChoices):
        ALL = "all"
        LABELED = "labeled"
        UNLABELED = "unlabeled"

    class Missing(models.TextChoices):
        REFUSE = "refuse"
        MASK = "mask"

    model = models.ForeignKey(TrainedModel, on_delete=models.CASCADE, related_name="predictions")
    clips = models.CharField(max_length=9, choices=Clips)
    missing = models.CharField(max_length=6, choices=Missing, default=Missing.REFUSE)
    rows = models.PositiveIntegerField(null=True)
    masked = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="prediction")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, **OF_THE_PERSON)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ready_at=None)
                | Q(
                    ~Q(digest=""),
                    rows__isnull=False,
                    rows__gt=0,
                    masked__isnull=False,
                    masked__lte=F("rows"),
                ),
                name="a_ready_prediction_has_rows",
            )
        ]
