"""What is to be labeled (§2.1): a corpus, its source videos, its clips."""

import secrets
from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from jobs.models import Job

SHUFFLE_RANGE = 2**53


def draw_shuffle() -> int:
    return secrets.randbelow(SHUFFLE_RANGE)


class CorpusQuerySet(models.QuerySet["Corpus"]):
    def there(self) -> "CorpusQuerySet":
        """Without those that are being deleted: to everybody they do not exist any more."""
        return self.filter(deletions=None)


class Corpus(models.Model):
    """A corpus and the numbers of its protocol, the paper's by default (§2.2)."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    emotion_votes = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    max_emotion_votes = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    labels_per_vote = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(2)]
    )
    reliability_votes = models.PositiveSmallIntegerField(
        default=2, validators=[MaxValueValidator(20)]
    )
    relabel_rounds = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(3)])
    valence_ratings = models.PositiveSmallIntegerField(
        default=6, validators=[MaxValueValidator(50)]
    )
    valence_min = models.SmallIntegerField(default=-5)
    valence_max = models.SmallIntegerField(default=5)
    show_transcript = models.BooleanField(default=False)
    content_warning_en = models.TextField(blank=True)
    content_warning_zh = models.TextField(blank=True)
    guidelines_en = models.TextField(blank=True)
    guidelines_zh = models.TextField(blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CorpusQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(emotion_votes__gte=1, max_emotion_votes__gte=F("emotion_votes")),
                name="max_emotion_votes_is_at_least_emotion_votes",
                violation_error_message=(
                    "The most emotion votes must be at least the emotion votes, and those at "
                    "least 1."
                ),
            ),
            models.CheckConstraint(
                condition=Q(labels_per_vote__in=[1, 2]),
                name="labels_per_vote_is_1_or_2",
                violation_error_message="A vote names up to 1 or up to 2 labels.",
            ),
            models.CheckConstraint(
                condition=Q(valence_ratings=0) | Q(valence_ratings__gte=3),
                name="valence_ratings_is_0_or_at_least_3",
                violation_error_message=(
                    "Valence ratings must be 0 (no valence stage) or at least 3, since the lowest "
                    "and the highest are excluded."
                ),
            ),
            models.CheckConstraint(
                condition=Q(valence_min__lt=F("valence_max")),
                name="valence_min_is_below_valence_max",
                violation_error_message="The lowest valence must be below the highest.",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Video(models.Model):
    """A source film."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="videos")
    name = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["corpus", "name"], name="video_names_are_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Clip(models.Model):
    """A human-centered excerpt that people label.

    `name` is its id for ever. `shuffle` is its place in the corpus's one stored
    random order. A clip known by name alone has no file; `file` is what was imported,
    `playable` what a browser gets (the same file where a browser plays it as it is).
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="clips")
    name = models.CharField(
        max_length=255,
        validators=[
            RegexValidator(
                r"^(?!\.{1,2}\Z)[^\x00-\x1f\x7f/\\]+\Z", "no slashes or control characters"
            )
        ],
    )
    shuffle = models.BigIntegerField(default=draw_shuffle)
    video = models.ForeignKey(Video, null=True, on_delete=models.SET_NULL, related_name="clips")
    start = models.FloatField(null=True)  # s from the beginning of the video
    end = models.FloatField(null=True)
    speaker = models.CharField(max_length=255, blank=True)
    transcript = models.TextField(blank=True)
    content_warning = models.TextField(blank=True, default="", db_default="")
    file = models.CharField(max_length=300, blank=True)  # its name in `storage`
    playable = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, null=True)
    duration = models.FloatField(null=True)  # s
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    has_audio = models.BooleanField(null=True)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["corpus", "name"], name="clip_names_are_unique"),
            models.UniqueConstraint(
                fields=["corpus", "sha256"], name="the_same_content_is_one_clip"
            ),
            models.UniqueConstraint(fields=["id", "corpus"], name="a_clip_is_of_one_corpus"),
            models.CheckConstraint(
                condition=Q(start=None) | Q(end=None) | Q(end__gt=F("start")),
                name="a_clip_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(file="", playable="", sha256=None)
                | Q(~Q(file=""), ~Q(playable=""), sha256__isnull=False),
                name="a_clip_has_a_playable_file_or_none",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["corpus", "shuffle"], name="clip_random_order")]

    def __str__(self) -> str:
        return self.name


class ClipImport(models.Model):
    """One import of clips: the files that were sent, and a report of each.

    An import without a job has not been started, or a command did it by itself.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="clip_imports")
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="clip_import"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def counts(self) -> dict[str, int]:
        """How many files and rows have which outcome."""
        return counts_of([self.pk])[self.pk]

    def takes_files(self) -> bool:
        """Before it is started, and again if it failed or was cancelled."""
        return self.job is None or self.job.state in (Job.State.FAILED, Job.State.CANCELLED)


class ImportedFile(models.Model):
    """What became of one file or manifest row of an import."""

    class Outcome(models.TextChoices):
        WAITING = "waiting"
        IMPORTED = "imported"
        DUPLICATE = "duplicate"
        REFUSED = "refused"

    clip_import = models.ForeignKey(ClipImport, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=300)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.TextField(blank=True)
    code = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )  # of the reason, as a Refusal has it
    params = models.JSONField(null=True)  # what fills the sentence of `code`
    clip = models.ForeignKey(Clip, null=True, on_delete=models.SET_NULL, related_name="+")
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clip_import", "name"], name="a_file_is_imported_once_per_import"
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["refused", "duplicate"]) | ~Q(reason=""),
                name="what_is_refused_has_a_reason",
            ),
        ]


class CorpusCopy(models.Model):
    """A corpus made from another one's settings, labels and clips; a job copies the clips."""

    corpus = models.OneToOneField(Corpus, on_delete=models.CASCADE, related_name="copied")
    source = models.ForeignKey(Corpus, null=True, on_delete=models.SET_NULL, related_name="copies")
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="corpus_copy"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)


class CorpusDeletion(models.Model):
    """Somebody had a corpus deleted, votes and all; this row outlives it."""

    corpus = models.ForeignKey(
        Corpus, null=True, on_delete=models.SET_NULL, related_name="deletions"
    )
    slug = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="corpus_deletion"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]


def counts_of(imports: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many files and rows of each import have which outcome."""
    counts = {number: dict.fromkeys(ImportedFile.Outcome.values, 0) for number in imports}
    found = ImportedFile.objects.filter(clip_import__in=imports).order_by()
    for number, outcome, files in found.values_list("clip_import", "outcome").annotate(
        models.Count("id")
    ):
        counts[number][outcome] = files
    return counts
