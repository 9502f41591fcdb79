"""Whether the people of a corpus suffice for the clips that are opened: told, never enforced."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from accounts.models import Membership
from annotation.clip_list import LATEST
from annotation.models import Opening
from annotation.protocol import Stage
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.sentences import counted


def people_warnings(corpus: Corpus) -> list[Refusal]:
    """Whether the people allowed per stage suffice to finish a clip."""
    active = Membership.objects.filter(corpus=corpus).annotators().active()
    people = [m for m in active.select_related("user") if m.user.has_usable_password()]
    if not people:
        needed = max(corpus.max_emotion_votes + corpus.reliability_votes, corpus.valence_ratings)
        return [
            Refusal(
                "no_annotators",
                f"Corpus {corpus.slug} has no annotators yet; invite at least {needed}.",
                needed=needed,
            )
        ]
    allowed = {
        stage: {m.user_id for m in people if not m.stages or stage in m.stages}
        for stage in (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)
    }
    warnings = []
    judges = len(allowed[Stage.EMOTION] | allowed[Stage.RELIABILITY])
    needed = corpus.max_emotion_votes + corpus.reliability_votes
    if judges < needed:
        warnings.append(
            Refusal(
                "too_few_people_for_checks",
                f"{_annotators(judges)} may work in the emotion and reliability stages; a clip "
                f"needs {corpus.max_emotion_votes} + {corpus.reliability_votes} different ones.",
                count=judges,
                needed=needed,
            )
        )
    for stage, needed in (
        (Stage.EMOTION, corpus.max_emotion_votes),
        (Stage.RELIABILITY, corpus.reliability_votes),
        (Stage.VALENCE, corpus.valence_ratings),
    ):
        if len(allowed[stage]) < needed:
            warnings.append(
                Refusal(
                    f"too_few_people_for_{stage}",
                    f"{_annotators(len(allowed[stage]))} may work in the {stage} stage; a clip "
                    f"needs {needed}.",
                    count=len(allowed[stage]),
                    needed=needed,
                )
            )
    return warnings


def _annotators(count: int) -> str:
    return counted(count, "annotator")


# Sides bind a person to a clip for ever, and the emotion places of a new labeling go to those first
# who have not seen the clip. So of those on no side, the emotion places may take the most votes
# that a clip can need, and only who is left may judge; beside them who judged the clip before.
NOBODY_LEFT = f"""
    WITH people AS MATERIALIZED (SELECT * FROM unnest(%(judges)s::bigint[], %(both)s::boolean[])
        AS p (id, may_label)),
    chosen AS (SELECT l.clip_id FROM annotation_labeling l
        WHERE l.corpus_id = %(corpus)s AND {LATEST} AND {{which}}),
    sided AS (SELECT DISTINCT s.clip_id, s.annotator_id, s.side FROM annotation_seat s
        WHERE s.corpus_id = %(corpus)s AND s.binds AND s.side IS NOT NULL),
    on_sides AS (SELECT s.clip_id,
            count(*) FILTER (WHERE s.side = 'reliability') AS judged,
            count(*) FILTER (WHERE NOT p.may_label) AS only_judge,
            count(*) FILTER (WHERE p.may_label) AS may_label
        FROM sided s JOIN people p ON p.id = s.annotator_id GROUP BY s.clip_id),
    short AS (SELECT %(votes)s - coalesce(o.judged, 0)
                - (%(only_judge)s - coalesce(o.only_judge, 0)) AS to_find,
            %(may_label)s - coalesce(o.may_label, 0) - %(most)s AS to_spare
        FROM chosen c LEFT JOIN on_sides o ON o.clip_id = c.clip_id)
    SELECT count(*), count(*) FILTER (WHERE to_find > 0 AND to_spare < to_find),
        max(to_find - to_spare) FILTER (WHERE to_find > 0 AND to_spare < to_find)
    FROM short
"""


def check_warnings_again(
    corpus: Corpus, clips: Opening | Iterable[int] | None = None
) -> list[Refusal]:
    """Whether clips that are opened again could find nobody left for their reliability check.

    `clips` are ids, or an opening that was just started, or all that ended unlabeled; of them,
    those count that are opened again.
    """
    active = Membership.objects.filter(corpus=corpus).annotators().active()
    people = [m for m in active.select_related("user") if m.user.has_usable_password()]
    judges = [m for m in people if not m.stages or Stage.RELIABILITY in m.stages]
    if not judges or not corpus.reliability_votes:
        return []
    both = [not m.stages or Stage.EMOTION in m.stages for m in judges]
    values: dict[str, Any] = {
        "corpus": corpus.pk,
        "judges": [m.user_id for m in judges],
        "both": both,
        "only_judge": both.count(False),
        "may_label": both.count(True),
        "votes": corpus.reliability_votes,
        "most": corpus.max_emotion_votes,
    }
    which = "l.stage = 'unlabeled'"
    if isinstance(clips, Opening):
        which = f"""({which} OR l.number > 1 AND l.opening_id = %(opening)s) AND l.clip_id IN
            (SELECT clip_id FROM annotation_openingclip WHERE opening_id = %(opening)s)"""
        values["opening"] = clips.pk
    elif clips is not None:
        which += " AND l.clip_id = ANY(%(clips)s)"
        values["clips"] = list(clips)
    with connection.cursor() as cursor:
        cursor.execute(NOBODY_LEFT.format(which=which), values)
        again, stuck, missing = cursor.fetchone()
    return [_nobody_left_to_judge(again, stuck, missing)] if stuck else []


def _nobody_left_to_judge(again: int, stuck: int, missing: int) -> Refusal:
    return Refusal(
        "too_few_people_to_judge_again",
        f"{stuck} of the {counted(again, 'clip')} opened again could find too few people for "
        "the reliability check: nobody judges a clip that they have labeled, and the emotion votes "
        "go to those first who have not seen it. Invite "
        f"{counted(missing, 'more annotator')}, or open fewer of them.",
        count=stuck,
        of=again,
        missing=missing,
    )
