"""Seats, the queues that free ones stand in, and the desks of those who take them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Case, ExpressionWrapper, Q, Value, When

from annotation.models.choices import SEAT_STAGES
from annotation.models.labelings import Labeling, LabelPair
from annotation.protocol import Side
from collection.models import Clip, Corpus


class SeatQueue(models.Model):
    """The last ticket drawn in one stage of a corpus.

    Whoever makes free seats locks this row until commit, so tickets become visible in the
    order of their numbers and a `Desk` may remember how far it has looked.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="seat_queues")
    stage = models.CharField(max_length=12, choices=SEAT_STAGES)
    last_ticket = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["corpus", "stage"], name="one_queue_per_stage")
        ]


class Seat(models.Model):
    """One numbered place for an annotator in a labeling.

    Free (no annotator), held (leased), answered (no lease any more) or closed; its holder
    never changes. `voted` says that a vote was ever cast on it. `side` follows from the
    stage; `binds` says whether the seat keeps its annotator on that side of the clip: while
    it is held, for ever once it has had a vote or has shown a proposed label.
    """

    class Closed(models.TextChoices):
        RELEASED = "released"
        LAPSED = "lapsed"
        SKIPPED = "skipped"
        WITHDRAWN = "withdrawn"
        VOIDED = "voided"

    # The foreign keys of these four are composite ones (migration 0002): a seat's clip is its
    # labeling's, its pair one of its labeling and round.
    labeling = models.ForeignKey(
        Labeling, on_delete=models.CASCADE, related_name="seats", db_constraint=False
    )
    clip = models.ForeignKey(
        Clip, on_delete=models.CASCADE, related_name="seats", db_constraint=False, db_index=False
    )
    corpus = models.ForeignKey(
        Corpus, on_delete=models.CASCADE, related_name="seats", db_constraint=False, db_index=False
    )
    round = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=12, choices=SEAT_STAGES)
    pair = models.ForeignKey(
        LabelPair, null=True, on_delete=models.CASCADE, related_name="seats", db_constraint=False
    )
    number = models.PositiveSmallIntegerField()
    ticket = models.BigIntegerField(null=True)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="seats",
        db_index=False,
    )
    token = models.UUIDField(null=True, default=None)
    claimed_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    voted = models.BooleanField(default=False)
    closed = models.CharField(max_length=10, choices=Closed, null=True)
    side = models.GeneratedField(
        expression=Case(
            When(stage="emotion", then=Value(Side.AGREEMENT.value)),
            When(stage="reliability", then=Value(Side.RELIABILITY.value)),
            default=Value(None),
        ),
        output_field=models.CharField(max_length=12, null=True),
        db_persist=True,
    )
    binds = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(annotator__isnull=False)
            & (
                Q(stage="reliability")
                | Q(stage="emotion", voted=True)
                | Q(stage="emotion", closed__isnull=True)
            ),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="agreement_and_reliability_annotators_do_not_overlap",
                expressions=[("clip", "="), ("annotator", "="), ("side", "<>")],
                condition=Q(binds=True),
            ),
            models.UniqueConstraint(
                fields=["labeling", "round", "stage", "pair", "number"],
                condition=Q(closed=None),
                nulls_distinct=False,
                name="seat_numbers_are_unique_among_the_unreleased",
            ),
            models.UniqueConstraint(
                fields=["labeling", "round", "stage", "pair", "annotator"],
                condition=Q(annotator__isnull=False) & (Q(closed=None) | Q(voted=True)),
                nulls_distinct=False,
                name="one_seat_per_annotator_per_labeling_round_stage_and_pair",
            ),
            models.CheckConstraint(
                condition=Q(closed=None)
                | Q(closed__in=["released", "lapsed", "skipped", "withdrawn", "voided"]),
                name="a_seat_is_closed_for_a_known_reason",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["emotion", "reliability", "valence"]),
                name="only_emotion_reliability_and_valence_have_seats",
            ),
            models.CheckConstraint(
                condition=Q(stage="reliability", pair__isnull=False)
                | ~Q(stage="reliability") & Q(pair=None),
                name="a_reliability_seat_judges_a_pair_and_no_other_does",
            ),
            models.CheckConstraint(
                condition=Q(
                    annotator=None, token=None, leased_until=None, answered_at=None, voted=False
                )
                | Q(annotator__isnull=False, token__isnull=False, claimed_at__isnull=False),
                name="a_free_seat_has_no_lease_and_no_vote",
            ),
            models.CheckConstraint(
                condition=Q(annotator=None, closed=None, ticket__isnull=False)
                | Q(annotator__isnull=False),
                name="a_free_seat_is_in_the_queue",
            ),
            models.CheckConstraint(
                condition=Q(annotator=None)
                | Q(closed__isnull=False)
                | Q(leased_until__isnull=False, answered_at=None)
                | Q(leased_until=None, answered_at__isnull=False, voted=True),
                name="a_taken_seat_is_either_leased_or_answered",
            ),
            models.CheckConstraint(
                condition=Q(round__gte=1, number__gte=1), name="rounds_and_seats_count_from_1"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["corpus", "stage", "ticket"],
                name="seat_free",
                condition=Q(annotator=None, closed=None),
            ),
            models.Index(
                fields=["corpus", "stage", "leased_until"],
                name="seat_held",
                condition=Q(closed=None, leased_until__isnull=False),
            ),
            models.Index(
                fields=["annotator", "corpus"],
                name="seat_held_by",
                condition=Q(closed=None, leased_until__isnull=False),
            ),
            models.Index(
                fields=["annotator", "clip"],
                name="seat_seen_by",
                condition=Q(annotator__isnull=False),
            ),
            models.Index(
                fields=["corpus", "annotator", "answered_at"],
                name="seat_voted",
                condition=Q(voted=True),
            ),
            # Votes that stand: how many on which day, and on which clip.
            models.Index(
                fields=["corpus", "stage", "answered_at"],
                name="seat_answered",
                condition=Q(answered_at__isnull=False, closed=None),
            ),
            models.Index(
                fields=["corpus", "labeling"],
                name="seat_votes_of_clip",
                condition=Q(answered_at__isnull=False, closed=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} seat {self.number} of {self.labeling}"


class Desk(models.Model):
    """Where an annotator sits in a corpus; locked while claiming.

    `unseen_*` is the ticket up to which every free seat of the stage is on a clip the
    annotator has seen, `any_*` the ticket up to which none may be taken at all. Both only
    spare looking again; `annotation.claiming` moves them on, `seating.look_again` takes `any_*`
    back when a seat of the annotator closes without a vote.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="desks")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desks"
    )
    last_video = models.ForeignKey(
        "collection.Video", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    unseen_emotion = models.BigIntegerField(default=0)
    unseen_reliability = models.BigIntegerField(default=0)
    unseen_valence = models.BigIntegerField(default=0)
    any_emotion = models.BigIntegerField(default=0)
    any_reliability = models.BigIntegerField(default=0)
    any_valence = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["corpus", "annotator"], name="one_desk_per_annotator_and_corpus"
            )
        ]


class Skip(models.Model):
    """An annotator passed a clip over; it is not offered to them again until cleared."""

    class Reason(models.TextChoices):
        CANNOT_PLAY = "cannot_play"
        KNOW_PEOPLE = "know_people"
        DO_NOT_WANT = "do_not_want"
        OTHER = "other"

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="skips")
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="skips")
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    stage = models.CharField(max_length=12, choices=SEAT_STAGES)
    reason = models.CharField(max_length=12, choices=Reason)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    read_at = models.DateTimeField(null=True)  # a coordinator lets it be: it stays, nothing waits
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clip", "annotator"],
                condition=Q(cleared_at=None),
                name="a_clip_is_skipped_once_until_cleared",
            ),
        ]
