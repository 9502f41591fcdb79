"""What coordinators do to clips under way: set aside, restore, void, clear skips."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

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
    """The clip's latest labeling, locked."""
    last = Labeling.objects.filter(clip=clip).order_by("-number").first()
    locked = lock_labeling(clip.corpus, last.pk) if last else None
    if locked is None:
        raise Refusal(
            "clip_not_open", f"Clip {clip.name} is not open for labeling; open it first.",
            clip=clip.name,
        )  # fmt: skip
    return locked


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
    by_labeling: dict[int, list[VoteKey]] = {}
    for stage, vote in sorted(set(votes)):
        found = _counting(clip.corpus)[stage].filter(pk=vote, seat__clip=clip)
        labeling = found.values_list("seat__labeling_id", flat=True).first()
        if labeling is None:
            raise Refusal(
                "vote_not_countable",
                f"{stage.capitalize()} vote {vote} does not count for clip {clip.name}: "
                "it is unknown, superseded or voided already.",
                clip=clip.name,
                vote=vote,
            )
        by_labeling.setdefault(labeling, []).append((stage, vote))
    void = Void.objects.create(corpus=clip.corpus, reason=reason, by=by, at=at)
    for labeling_id in sorted(by_labeling):
        _void_in_labeling(labeling_id, by_labeling[labeling_id], void, at)
    return void


def votes_of_clip(clip: Clip) -> list[VoteKey]:
    """Every vote on the clip that is neither superseded nor voided."""
    return [
        (stage, vote)
        for stage, votes in _counting(clip.corpus).items()
        for vote in votes.filter(seat__clip=clip).order_by("pk").values_list("pk", flat=True)
    ]


@retried
def start_void_of_annotator(*, membership: Membership, reason: str, by: User, at: datetime) -> Void:
    """Begin to void every vote that the annotator has cast so far; `void_of_annotator` does it."""
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
def void_in_labeling(*, void: Void, labeling: int, votes: list[VoteKey], at: datetime) -> None:
    _void_in_labeling(labeling, votes, void, at)


def _counting(corpus: Corpus) -> dict[Stage, QuerySet]:
    return {
        stage: model.objects.filter(seat__corpus=corpus, superseded_at=None, void=None)
        for stage, model in VOTES_OF.items()
    }


def _void_in_labeling(labeling_id: int, votes: list[VoteKey], void: Void, at: datetime) -> None:
    locked = lock_labeling(void.corpus, labeling_id)
    assert locked is not None
    voided: set[int] = set()
    for stage, vote in votes:
        counting = VOTES_OF[stage].objects.filter(pk=vote, superseded_at=None, void=None)
        voided.update(counting.values_list("seat_id", flat=True))
        counting.update(void=void)
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
