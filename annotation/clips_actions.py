"""What a coordinator does to several clips at once, clip by clip.

Each clip is a transaction of its own, through the same actions as a single clip, and is marked
in it: cut off anywhere and begun again, the job does no clip twice. A clip that an action
refuses is told with its reason, and the others go on.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from annotation import coordination
from annotation.clip_list import Where, clips_named, select_clips
from annotation.models import ClipsAction, ClipsActionClip
from collection.models import Clip, Corpus
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted
from jobs.transactions import retried

What = ClipsAction.What
MOST_AT_ONCE = 100_000
REFUSED_LISTED = 1000


@transaction.atomic
def start(
    *,
    corpus: Corpus,
    what: str,
    reason: str,
    by: User,
    names: Sequence[str] | None = None,
    where: Where | None = None,
) -> ClipsAction:
    """Choose clips by name or as the list finds them, and have a job do it."""
    if what != What.RESTORE and not reason.strip():
        doing = "Setting clips aside" if what == What.SET_ASIDE else "Voiding votes of clips"
        raise Refusal("reason_missing", f"{doing} needs a reason; write why.", status=400)
    action = ClipsAction.objects.create(
        corpus=corpus, what=what, reason=reason.strip(), created_by=by
    )
    if names is not None:
        _name(action, clips_named(corpus, names))
    else:
        _name_where(action, where or Where())
    action.job = start_job(
        kind=what, task="annotation.tasks.act_on_clips", corpus=corpus, created_by=by
    )
    action.save(update_fields=["job"])
    return action


def _name(action: ClipsAction, clips: Sequence[int]) -> None:
    _check_number(len(clips))
    ClipsActionClip.objects.bulk_create(
        [ClipsActionClip(action=action, clip_id=clip) for clip in clips], batch_size=5000
    )


def _name_where(action: ClipsAction, where: Where) -> None:
    found, values = select_clips(action.corpus, where)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO annotation_clipsactionclip (action_id, clip_id, code, detail)
            SELECT %(action)s, f.id, '', '' FROM ({found}) f ORDER BY f.id""",
            {**values, "action": action.pk},
        )
        clips = cursor.rowcount
    if not clips:
        raise Refusal(
            "no_clips_found", "No clip is as you ask; change the filters or the search.", status=400
        )
    _check_number(clips)


def _check_number(clips: int) -> None:
    if clips > MOST_AT_ONCE:
        raise Refusal(
            "too_many_clips_at_once",
            f"{clips} clips are chosen, and one action takes {MOST_AT_ONCE}; choose fewer and "
            "repeat.",
            status=400,
            count=clips,
            most=MOST_AT_ONCE,
        )


def carry_out(action: ClipsAction, progress: Progress) -> Said:
    """Do what is left of the action; safe to run twice."""
    named = ClipsActionClip.objects.filter(action=action)
    total = named.count()
    waiting = list(_waiting(named).order_by("pk").values_list("pk", flat=True))
    done = total - len(waiting)
    for row in waiting:
        progress.check()
        progress.report(done, total)
        at = timezone.now()
        try:
            _act(action, row, at)
        except Refusal as refusal:
            _note_refusal(row, refusal)
        done += 1
    progress.report(done, total)
    counts = counts_of(action)
    did = counted(counts["done"], "clip")
    if counts["refused"]:
        text = f"{did} done, {counts['refused']} refused."
        refused = counts["refused"]
        return Said("clips_acted_on_some_refused", text, count=counts["done"], refused=refused)
    return Said("clips_acted_on", f"{did} done.", count=counts["done"])


@retried
def _act(action: ClipsAction, row: int, at: datetime) -> None:
    """Do it to one clip and mark it done, both or neither; whoever comes second finds it done."""
    locked = ClipsActionClip.objects.select_for_update(of=("self",)).filter(pk=row)
    named = _waiting(locked).select_related("clip__corpus").first()
    if named is None:
        return
    assert action.created_by is not None
    clip, by, reason = named.clip, action.created_by, action.reason
    match What(action.what):
        case What.SET_ASIDE:
            coordination.set_aside(clip=clip, reason=reason, by=by, at=at)
        case What.RESTORE:
            coordination.restore(clip=clip, by=by, at=at)
        case What.VOID_VOTES:
            _void_all(clip, reason=reason, by=by, at=at)
    named.done_at = at
    named.save(update_fields=["done_at"])


def _void_all(clip: Clip, *, reason: str, by: User, at: datetime) -> None:
    votes = coordination.votes_of_clip(clip)
    if not votes:
        raise Refusal(
            "clip_has_no_votes", f"Clip {clip.name} has no votes that count.", clip=clip.name
        )
    coordination.void_votes(clip=clip, votes=votes, reason=reason, by=by, at=at)


def _note_refusal(row: int, refusal: Refusal) -> None:
    said = refusal.said
    ClipsActionClip.objects.filter(pk=row).update(
        code=said.code, detail=said.text, params=said.params
    )


def _waiting(named: QuerySet[ClipsActionClip]) -> QuerySet[ClipsActionClip]:
    return named.filter(done_at=None, code="")


def counts_of(action: ClipsAction) -> dict[str, int]:
    """How many clips the action names, how many are done, how many it was refused."""
    return ClipsActionClip.objects.filter(action=action).aggregate(
        named=Count("pk"),
        done=Count("pk", filter=Q(done_at__isnull=False)),
        refused=Count("pk", filter=~Q(code="")),
    )


def refused_clips(action: ClipsAction) -> QuerySet[ClipsActionClip]:
    refused = ClipsActionClip.objects.filter(action=action).exclude(code="")
    return refused.select_related("clip").order_by("pk")[:REFUSED_LISTED]
