"""Long work asked of a corpus: openings, actions on many clips, exports, imports of votes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from collection.models import Clip, Corpus
from jobs.models import Job


class Opening(models.Model):
    """Clips chosen for labeling in one step; a job opens them in batches.

    With `again`, also those of its clips whose labeling ended unlabeled. Such an opening names
    its clips, it never counts them off.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="openings")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="opening")
    count = models.PositiveIntegerField(null=True)
    again = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(again=False) | Q(count=None),
                name="opening_again_is_of_clips_by_name",
            )
        ]


class OpeningClip(models.Model):
    """A clip that an opening names."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="named")
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="+")


class ClipsAction(models.Model):
    """What a coordinator does to several clips at once; a job does it clip by clip."""

    class What(models.TextChoices):
        SET_ASIDE = "set_aside"
        RESTORE = "restore"
        VOID_VOTES = "void_votes"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="clips_actions")
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="clips_action"
    )
    what = models.CharField(max_length=10, choices=What)
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(what="restore") | ~Q(reason=""),
                name="setting_aside_and_voiding_have_a_reason",
            )
        ]


class ClipsActionClip(models.Model):
    """A clip that the action names, and what became of it."""

    action = models.ForeignKey(ClipsAction, on_delete=models.CASCADE, related_name="named")
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="+")
    done_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=60, blank=True)  # why not, as a Refusal has it
    detail = models.TextField(blank=True)
    params = models.JSONField(null=True)  # what fills the sentence of `code`

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "clip"], name="an_action_names_a_clip_once")
        ]


class Export(models.Model):
    """A file made of a corpus for download."""

    class What(models.TextChoices):
        RELIABLE = "reliable"
        UNLABELED = "unlabeled"
        CLIPS = "clips"
        VOTES = "votes"

    class Format(models.TextChoices):
        CSV = "csv"
        JSONL = "jsonl"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="exports")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="export")
    what = models.CharField(max_length=10, choices=What)
    format = models.CharField(max_length=5, choices=Format)
    all_votes = models.BooleanField(default=False)
    with_names = models.BooleanField(default=False)
    file = models.CharField(max_length=300, blank=True)  # its name in `collection.storage`
    size = models.PositiveBigIntegerField(null=True)  # bytes
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]


class SimulationRun(models.Model):
    """Made-up annotators asked to vote on a corpus."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="simulations")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="simulation")
    annotators = models.PositiveSmallIntegerField()
    seed = models.PositiveIntegerField()
    clips = models.PositiveIntegerField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)


class VoteImport(models.Model):
    """A file of votes cast elsewhere, replayed into a corpus."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="vote_imports")
    job = models.OneToOneField(
        Job, null=True, on_delete=models.SET_NULL, related_name="vote_import"
    )
    name = models.CharField(max_length=300, blank=True, default="", db_default="")  # as sent
    file = models.CharField(max_length=300)  # its name in `collection.storage`
    create_clips = models.BooleanField(default=False)
    create_annotators = models.BooleanField(default=False)
    seats_from_file = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
