"""What does not go on by itself, why, and what a coordinator can do about it.

Each kind is found set-wise, in a fixed number of queries, and names a few of its clips.
"""

from collections.abc import Iterator
from datetime import timedelta

from accounts.models import Invitation, Membership
from annotation.protocol import SEAT_STAGES, Stage
from annotation.stuck_places import Found, Stuck, named, stuck_places
from jobs.models import Job
from jobs.sentences import counted

UNUSED_AFTER = timedelta(days=3)
STILL_AFTER = timedelta(days=7)


def of_corpus(found: Found) -> list[Stuck]:
    """What is stuck, the most pressing first; nothing in an archived corpus."""
    if found.corpus.archived_at is not None:
        return []
    return [
        *_everything(found),
        *_people(found),
        *stuck_places(found),
        *_clips(found),
        *_papers(found),
    ]


def _everything(found: Found) -> Iterator[Stuck]:
    corpus = found.corpus
    if not found.workers_alive:
        waiting = Job.objects.filter(corpus=corpus).unfinished().count()
        yield Stuck(
            "no_worker",
            "No worker is running, so imports, exports and openings wait; tell whoever runs this "
            "server.",
            waiting,
        )
    if corpus.paused_at is not None:
        yield Stuck(
            "corpus_paused",
            "The corpus is paused and nobody is given clips; resume it in the settings.",
            1,
            {"since": corpus.paused_at.isoformat()},
        )
    if found.unopened and not found.under_way:
        yield Stuck(
            "nothing_open",
            f"No clip is open for labeling and {counted(found.unopened, 'clip')} could be; open "
            "some.",
            found.unopened,
        )


def _people(found: Found) -> Iterator[Stuck]:
    if not found.under_way:
        return
    people = list(
        Membership.objects.filter(corpus=found.corpus).annotators().select_related("user")
    )
    working = [m for m in people if m.user.is_active and m.paused_at is None]
    if not people:
        yield Stuck(
            "no_annotators",
            f"{counted(found.under_way, 'clip')} open, and nobody to label; invite annotators.",
            found.under_way,
        )
    elif not working:
        yield Stuck(
            "all_annotators_paused",
            "All annotators are paused or deactivated; let some go on, or invite others.",
            len(people),
        )
    elif not found.votes and all(m.practiced_at is None for m in working):
        yield Stuck(
            "nobody_has_begun",
            f"{counted(len(working), 'annotator')}, and nobody has done the practice or voted "
            "yet; tell them where to log in.",
            len(working),
        )
    for stage in SEAT_STAGES:
        clips = found.stages.get(stage.value, 0)
        if clips and working and not any(not m.stages or stage in m.stages for m in working):
            yield Stuck(
                "nobody_in_stage",
                f"{counted(clips, 'clip')} in the {stage} stage, and nobody may work there; let "
                "somebody, or invite others.",
                clips,
                {"stage": stage.value},
            )


STILL = """
    SELECT count(*) OVER (), c.name FROM annotation_labeling l
    JOIN collection_clip c ON c.id = l.clip_id
    WHERE l.corpus_id = %(corpus)s AND l.moved_at < %(since)s
        AND (l.stage IN ('reliability', 'valence') OR l.stage = 'emotion' AND l.round > 1)
    ORDER BY l.moved_at LIMIT %(few)s
"""
WITHOUT_FILE = """
    SELECT count(*) OVER (), c.name FROM annotation_labeling l
    JOIN collection_clip c ON c.id = l.clip_id
    WHERE l.corpus_id = %(corpus)s AND c.playable = ''
        AND l.stage IN ('emotion', 'reliability', 'valence')
    LIMIT %(few)s
"""
SET_ASIDE = """
    SELECT 0, c.name FROM annotation_labeling l JOIN collection_clip c ON c.id = l.clip_id
    WHERE l.corpus_id = %(corpus)s AND l.stage = 'set_aside' ORDER BY l.moved_at LIMIT %(few)s
"""


def _clips(found: Found) -> Iterator[Stuck]:
    if found.under_way and (rows := named(WITHOUT_FILE, found)):
        count = rows[0][0]
        yield Stuck(
            "without_file",
            f"{counted(count, 'open clip')} without a file: people see nothing to judge; import "
            "the files, or set the clips aside.",
            count,
            {},
            [name for _, name in rows],
        )
    if found.under_way and (rows := named(STILL, found, since=found.at - STILL_AFTER)):
        count = rows[0][0]
        yield Stuck(
            "still",
            f"{counted(count, 'clip')} under way that {'has' if count == 1 else 'have'} not moved "
            f"for {STILL_AFTER.days} days; look whether enough people work in these stages.",
            count,
            {"days": STILL_AFTER.days},
            [name for _, name in rows],
        )
    if aside := found.stages.get(Stage.SET_ASIDE.value, 0):
        yield Stuck(
            "set_aside",
            f"{counted(aside, 'clip')} set aside; restore what can be labeled after all.",
            aside,
            {},
            [name for _, name in named(SET_ASIDE, found)],
        )


def _papers(found: Found) -> Iterator[Stuck]:
    if skips := found.inbox["skips"]:
        yield Stuck(
            "skips_wait",
            f"{counted(skips, 'skipped clip')} to look at; whoever skipped is not offered the "
            "clip again until you clear the skip.",
            skips,
        )
    if files := found.inbox["files"]:
        yield Stuck(
            "refused_files",
            f"{counted(files, 'file')} refused in imports; each says why, correct it and import "
            "it again, or dismiss it.",
            files,
        )
    unused = Invitation.objects.filter(
        corpus=found.corpus,
        accepted_at=None,
        revoked_at=None,
        expires_at__gt=found.at,
        created_at__lt=found.at - UNUSED_AFTER,
    ).count()
    if unused:
        yield Stuck(
            "invitations_unused",
            f"{counted(unused, 'invitation')} that nobody has used for {UNUSED_AFTER.days} days; "
            "ask whether the link has arrived.",
            unused,
            {"days": UNUSED_AFTER.days},
        )
