"""§2.2 as rows: labels, labelings, seats and votes.

Votes are facts and are kept for ever; a labeling's stage, pairs and valence are a cache of
`protocol.standing` that `manage.py recheck` recomputes. The rules that no code may break
are database constraints; triggers hold those that look beyond one row (migration 0002).
"""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Q, Value, When

from annotation.protocol import Reliability, Side, Stage
from collection.models import Clip, Corpus
from jobs.models import Job

LEASE = timedelta(minutes=15)

STAGES = [(stage.value, stage.value) for stage in Stage]
SEAT_STAGES = [(s.value, s.value) for s in (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)]
ANSWERS = [(answer.value, answer.value) for answer in Reliability]


class Emotion(models.Model):
    """A label of a corpus's label set; `special` for other, unjudgeable."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="emotions")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100, blank=True)
    definition = models.TextField(blank=True)
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
            models.Index(fields=["corpus", "stage", "round"], name="labeling_stage_counts")
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
        ]

    def __str__(self) -> str:
        return f"{self.stage} seat {self.number} of {self.labeling}"


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

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["clip", "annotator"],
                condition=Q(cleared_at=None),
                name="a_clip_is_skipped_once_until_cleared",
            ),
        ]


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


class Opening(models.Model):
    """Clips chosen for labeling in one step; a job opens them in batches."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="openings")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="opening")
    count = models.PositiveIntegerField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)


class OpeningClip(models.Model):
    """A clip that an opening names."""

    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="named")
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="+")


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
    file = models.CharField(max_length=300, blank=True)  # below MEDIA_ROOT
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
    file = models.CharField(max_length=300)  # below MEDIA_ROOT
    create_clips = models.BooleanField(default=False)
    create_annotators = models.BooleanField(default=False)
    seats_from_file = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
