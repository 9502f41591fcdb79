"""The clips that votes are brought in for: found, made, or refused because they are in use."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from annotation.bulk import ClipKey
from annotation.opening import SHOWS_ITS_ANSWER
from collection.models import Clip, Corpus
from jobs.sentences import Rule

AT_ONCE = 5000  # names a statement


def find_clips(corpus: Corpus, names: Iterable[str]) -> dict[str, ClipKey]:
    wanted = list(names)
    found = {}
    for at in range(0, len(wanted), AT_ONCE):
        clips = Clip.objects.filter(corpus=corpus, name__in=wanted[at : at + AT_ONCE])
        for name, id, shuffle in clips.values_list("name", "pk", "shuffle"):
            found[name] = ClipKey(id, shuffle)
    return found


def create_clips(corpus: Corpus, names: Sequence[str]) -> dict[str, ClipKey]:
    """Clips known by name alone."""
    made = Clip.objects.bulk_create(
        [Clip(corpus=corpus, name=name) for name in names], batch_size=AT_ONCE
    )
    return {clip.name: ClipKey(clip.pk, clip.shuffle) for clip in made}


def busy_clips(clips: Mapping[str, ClipKey]) -> dict[str, Rule]:
    """The clips that people have begun with, and why no votes can be imported for them.

    Their labelings and seats stay locked until the transaction ends.
    """
    names = {key.id: name for name, key in clips.items()}
    with connection.cursor() as cursor:
        ids = list(names)
        cursor.execute(
            "SELECT id FROM annotation_labeling WHERE clip_id = ANY(%s) ORDER BY id FOR UPDATE",
            [ids],
        )
        labelings = [id for (id,) in cursor.fetchall()]
        cursor.execute(
            "SELECT id FROM annotation_seat WHERE labeling_id = ANY(%s) ORDER BY id FOR UPDATE",
            [labelings],
        )
        cursor.execute(
            """SELECT l.clip_id, bool_or(s.voted) IS TRUE,
                bool_or(s.annotator_id IS NOT NULL) IS TRUE
                OR EXISTS (SELECT FROM annotation_settingaside a WHERE a.labeling_id = l.id)
            FROM annotation_labeling l LEFT JOIN annotation_seat s ON s.labeling_id = l.id
            WHERE l.id = ANY(%s) GROUP BY l.id ORDER BY l.id""",
            [labelings],
        )
        busy = {}
        for clip, voted, touched in cursor.fetchall():
            if voted:
                busy[names[clip]] = Rule(
                    "clip_has_votes", "the clip has votes in this corpus already"
                )
            elif touched:  # an earlier labeling of the clip may have votes
                at_work = "somebody is at work on the clip in this corpus already"
                busy.setdefault(names[clip], Rule("clip_is_being_labeled", at_work))
    shown = Clip.objects.filter(SHOWS_ITS_ANSWER, pk__in=ids)
    for name in shown.values_list("name", flat=True):
        busy[name] = Rule(
            "shows_its_answer",
            "the clip is an example or a practice clip and is not labeled; take it out of the "
            "guidelines first",
        )
    return busy


def clear_unvoted(clips: Mapping[str, ClipKey]) -> dict[int, int]:
    """Take back the labelings that nobody has touched, to make them anew with votes.

    Returns the openings that had made them, by clip: they are the new labelings' openings, too,
    since whoever opened clips together asks later what came of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, clip_id, opening_id FROM annotation_labeling WHERE clip_id = ANY(%s)",
            [[key.id for key in clips.values()]],
        )
        found = cursor.fetchall()
        labelings = [id for id, _, _ in found]
        if labelings:
            cursor.execute("DELETE FROM annotation_seat WHERE labeling_id = ANY(%s)", [labelings])
            cursor.execute("DELETE FROM annotation_labeling WHERE id = ANY(%s)", [labelings])
    return {clip: opening for _, clip, opening in found if opening is not None}
