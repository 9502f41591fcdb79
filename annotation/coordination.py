"""What coordinators do to clips under way: set aside, restore, void, clear skips."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership, User
from annotation.ballots import VOTES_OF
from annotation.labelings import LockedLabeling, lock_labeling
from annotation.models import Labeling, Seat, SettingAside, Skip, Void
from annotation.protocol import Stage
from annotation.seating import advance, look_again
from collection.models import Clip, Corpus
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.transactions import retried

VoteKey = tuple[Stage, int]  # which kind of vote, its id


def _last_labeling(clip: Clip) -> LockedLabeling:
    """The clip's latest labeling, locked. Locked, it stays the latest, but the clip may have been
    opened again before: so it is looked at once more."""
    locked: LockedLabeling | None = None
    of_clip = Labeling.objects.filter(clip=clip).order_by("-number").values_list("pk", flat=True)
    while (last := of_clip.first()) is not None:
        if locked is not None and locked.labeling.pk == last:
            return locked
        locked = lock_labeling(clip.corpus, last)
    raise Refusal(
        "clip_not_open", f"Clip {clip.name} is not open for labeling; open it first.",
        clip=clip.name,
    )  # fmt: skip


@retried
def set_aside(*, clip: Clip, reason: str, by: User, at: datetime) -> None:
    """Take a clip out of the labeling; its votes stay, and it can be restored."""
    locked = _last_labeling(clip)
    if locked.labeling.stage == Stage.SET_ASIDE:
        raise Refusal(
            "already_set_aside", f"Clip {clip.name} is set aside already; restore it instead.",
            clip=clip.name,
        )  # fmt: skip
    _require_reason(reason, f"Setting clip {clip.name} aside")
    SettingAside.objects.create(labeling=locked.labeling, reason=reason, by=by, at=at)
    _write_stage(locked.labeling, Stage.SET_ASIDE, at)
    advance(locked, at=at)


@retried
def restore(*, clip: Clip, by: User, at: datetime) -> None:
    """Put a clip that was set aside back to where its votes leave it."""
    locked = _last_labeling(clip)
    aside = SettingAside.objects.filter(labeling=locked.labeling, restored_at=None)
    if not aside.update(restored_by=by, restored_at=at):
        raise Refusal("not_set_aside", f"Clip {clip.name} is not set aside.", clip=clip.name)
    _write_stage(locked.labeling, Stage.EMOTION, at)
    advance(locked, at=at)


def _write_stage(labeling: Labeling, stage: Stage, at: datetime) -> None:
    labeling.stage, labeling.reason, labeling.moved_at = stage.value, "", at
    labeling.valence_sum = labeling.valence_count = None
    labeling.save(update_fields=["stage", "reason", "moved_at", "valence_sum", "valence_count"])


@retried
def void_votes(
    *, clip: Clip, votes: Sequence[VoteKey], reason: str, by: User, at: datetime
) -> Void:
    """Take votes of a clip out of the count. It falls back to the earliest stage that lost one."""
    _require_reason(reason, f"Voiding votes of clip {clip.name}")
    if not votes:
        raise Refusal("no_votes_named", "Name at least one vote to void.", status=400)
    locked = _last_labeling(clip)  # of the labelings before it no vote counts
    counting = _counting_in(locked)
    unknown = [key for key in sorted(set(votes)) if key not in counting]
    if unknown:
        stage, vote = unknown[0]
        raise Refusal(
            "vote_not_countable",
            f"{stage.capitalize()} vote {vote} does not count for clip {clip.name}: "
            "it is unknown, superseded, voided already or from before the clip was opened again.",
            clip=clip.name,
            vote=vote,
        )
    void = Void.objects.create(corpus=clip.corpus, reason=reason, by=by, at=at)
    _void(locked, {key: counting[key] for key in votes}, void, at)
    return void


def votes_of_clip(clip: Clip) -> list[VoteKey]:
    """Every vote of the clip's latest labeling that is neither superseded nor voided."""
    return [
        (stage, vote)
        for stage, votes in _counting(clip.corpus).items()
        for vote in votes.filter(seat__clip=clip).order_by("pk").values_list("pk", flat=True)
    ]


@retried
def start_void_of_annotator(*, membership: Membership, reason: str, by: User, at: datetime) -> Void:
    """Begin to void every vote of the annotator that counts; `void_of_annotator` does it."""
    _require_reason(reason, f"Voiding the votes of {membership.user}")
    void = Void.objects.create(
        corpus=membership.corpus, annotator=membership.user, reason=reason, by=by, at=at
    )
    void.job = start_job(
        kind="void_votes",
        task="annotation.tasks.void_of_annotator",
        corpus=membership.corpus,
        created_by=by,
    )
    void.save(update_fields=["job"])
    return void


def labelings_to_void(void: Void) -> dict[int, list[VoteKey]]:
    """The votes that a void of an annotator has still to take, by labeling."""
    found: dict[int, list[VoteKey]] = {}
    for stage, votes in _counting(void.corpus).items():
        mine = votes.filter(seat__annotator=void.annotator, cast_at__lte=void.at)
        for vote, labeling in mine.values_list("pk", "seat__labeling_id"):
            found.setdefault(labeling, []).append((stage, vote))
    return found


@retried
def void_in_labeling(*, void: Void, labeling: int, votes: list[VoteKey], at: datetime) -> bool:
    """Take those of the votes that count still; whether there were any."""
    locked = lock_labeling(void.corpus, labeling)
    assert locked is not None
    counting = _counting_in(locked)
    taken = {key: counting[key] for key in votes if key in counting}
    if taken:
        _void(locked, taken, void, at)
    return bool(taken)


def _counting(corpus: Corpus) -> dict[Stage, QuerySet]:
    """The votes that may be voided. What was voted on a clip before it was opened again counts
    for nothing any more, and its labeling stays as it ended."""
    later = Labeling.objects.filter(
        clip=OuterRef("seat__clip"), number__gt=OuterRef("seat__labeling__number")
    )
    again = later.filter(number__gt=1)  # says nothing new, but names the small index
    return {
        stage: model.objects.filter(
            ~Exists(again), seat__corpus=corpus, superseded_at=None, void=None
        )
        for stage, model in VOTES_OF.items()
    }


def _counting_in(locked: LockedLabeling) -> dict[VoteKey, int]:
    """The seats of the labeling's votes that count, by vote. To be read once it is locked: until
    then the clip may be opened again."""
    return {
        (stage, vote): seat
        for stage, votes in _counting(locked.corpus).items()
        for vote, seat in votes.filter(seat__labeling=locked.labeling).values_list("pk", "seat_id")
    }


def _void(locked: LockedLabeling, taken: Mapping[VoteKey, int], void: Void, at: datetime) -> None:
    for stage, model in VOTES_OF.items():
        of_stage = [vote for kind, vote in taken if kind == stage]
        if of_stage:
            model.objects.filter(pk__in=of_stage).update(void=void)
    voided = set(taken.values())
    Seat.objects.filter(pk__in=voided, closed=None).update(closed=Seat.Closed.VOIDED)
    for row in locked.seats:
        if row.id in voided and row.open:
            row.closed = Seat.Closed.VOIDED.value
    advance(locked, at=at)


@retried
def clear_skip(*, skip: Skip, by: User, at: datetime) -> None:
    """Let the clip be offered to the annotator again."""
    Skip.objects.filter(pk=skip.pk, cleared_at=None).update(cleared_at=at, cleared_by=by)
    for labeling in Labeling.objects.filter(clip_id=skip.clip_id):
        look_again(skip.annotator_id, labeling.pk)


def _require_reason(reason: str, what: str) -> None:
    if not reason.strip():
        raise Refusal("reason_missing", f"{what} needs a reason; write why.", status=400)
