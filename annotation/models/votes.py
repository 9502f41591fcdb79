"""Votes, kept for ever, and what a coordinator takes out of the count."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from annotation.models.choices import ANSWERS
from annotation.models.labelings import Emotion
from annotation.models.seats import Seat
from collection.models import Corpus
from jobs.models import Job


class Void(models.Model):
    """A coordinator took votes out of the count, with a reason: some, or in a job all that
    `annotator` had cast by then."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="voids")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="void")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_void_has_a_reason")
        ]


class Vote(models.Model):
    """What an annotator answered on a seat. Its annotator is the seat's."""

    cast_at = models.DateTimeField()
    response_ms = models.PositiveIntegerField(null=True)
    plays = models.PositiveSmallIntegerField(null=True)  # how often the clip was begun
    superseded_at = models.DateTimeField(null=True)
    void = models.ForeignKey(Void, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class EmotionVote(Vote):
    """ "Each annotator can provide up to two labels" (§2.2); a special label stands alone."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="emotion_votes")
    emotion = models.ForeignKey(Emotion, on_delete=models.PROTECT, related_name="+")
    second_emotion = models.ForeignKey(
        Emotion, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(superseded_at=None),
                name="one_unsuperseded_emotion_vote_per_seat",
            ),
            models.CheckConstraint(
                condition=Q(second_emotion=None) | ~Q(second_emotion=F("emotion")),
                name="the_second_emotion_differs_from_the_first",
            ),
        ]


class ReliabilityVote(Vote):
    """ "reliable, unreliable, and unjudgeable" (§2.2), of the pair that the seat judges."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="reliability_votes")
    reliability = models.CharField(max_length=12, choices=ANSWERS)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(superseded_at=None),
                name="one_unsuperseded_reliability_vote_per_seat",
            ),
            models.CheckConstraint(
                condition=Q(reliability__in=["reliable", "unreliable", "unjudgeable"]),
                name="an_answer_is_reliable_unreliable_or_unjudgeable",
            ),
        ]


class ValenceRating(Vote):
    """A step on the self-assessment manikin (§2.2), an integer in the corpus's range."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="valence_ratings")
    valence = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(superseded_at=None),
                name="one_unsuperseded_valence_rating_per_seat",
            ),
        ]


class Note(models.Model):
    """What an annotator wrote beside the vote that was cast on the seat at that moment; where
    one screen has two seats, with the first. Kept like the vote."""

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="notes")
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="a_note_says_something"),
            models.UniqueConstraint(fields=["seat", "at"], name="a_vote_has_one_note"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["corpus", "-at"], name="note_unread", condition=Q(read_at=None))
        ]
