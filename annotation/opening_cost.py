"""What opening clips will cost: votes, hours, and how many people there are for them.

Seconds per vote are the median response time of this corpus's votes in a stage, once there are
twenty. Before that they are a guess: a clip is watched once, and then thought about.
"""

from typing import Any

from django.db import connection

from accounts.models import Membership
from annotation import effort
from annotation.labelings import label_set_of, rules_of
from annotation.protocol import SEAT_STAGES, Stage
from collection.models import Corpus

ENOUGH_VOTES = 20
LOOKED_AT = 2000  # the last votes of a stage, and the clips whose length is looked at
USUAL_CLIP = 4.0  # s, where no clip has a file yet: "most samples last for 2~6 seconds" (§2.3)
# Choosing among eight labels takes longer than a yes or a no; a step on a scale is in between.
SECONDS_TO_DECIDE = {Stage.EMOTION: 6.0, Stage.RELIABILITY: 3.0, Stage.VALENCE: 4.0}
VOTE_TABLES = {
    Stage.EMOTION: "annotation_emotionvote",
    Stage.RELIABILITY: "annotation_reliabilityvote",
    Stage.VALENCE: "annotation_valencerating",
}
SECONDS_AN_HOUR = 3600


def of_clips(corpus: Corpus, clips: int) -> dict[str, Any]:
    """Votes, seconds per vote, hours and people for opening so many clips."""
    labels = label_set_of(corpus)
    rules = rules_of(corpus, labels=labels)
    least, most = effort.straight_way(rules), effort.longest_way(rules, len(labels.categories))
    seconds = seconds_per_vote(corpus)
    votes = {
        stage.value: {
            "least": clips * getattr(least, stage.value),
            "most": clips * getattr(most, stage.value),
        }
        for stage in SEAT_STAGES
    }

    def hours(which: str) -> float:
        spent = sum(votes[stage][which] * seconds[stage]["value"] for stage in votes)
        return round(spent / SECONDS_AN_HOUR, 2)

    return {
        "clips": clips,
        "votes": votes,
        "seconds_per_vote": seconds,
        "hours_least": hours("least"),
        "hours_most": hours("most"),
        "annotators": people_in_stages(corpus),
    }


def seconds_per_vote(corpus: Corpus) -> dict[str, dict[str, Any]]:
    """By stage: seconds, and whether they are measured."""
    found = {}
    watching = None
    for stage in SEAT_STAGES:
        measured = _median_response(corpus, stage)
        if measured is None:
            watching = _median_duration(corpus) if watching is None else watching
            found[stage.value] = {
                "value": round(watching + SECONDS_TO_DECIDE[stage], 1),
                "measured": False,
            }
        else:
            found[stage.value] = {"value": measured, "measured": True}
    return found


def _median_response(corpus: Corpus, stage: Stage) -> float | None:
    """Seconds; of the stage's last votes, so that it is what people need now."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY v.response_ms)
            FROM (SELECT id FROM annotation_seat WHERE corpus_id = %s AND stage = %s
                    AND answered_at IS NOT NULL AND closed IS NULL
                ORDER BY answered_at DESC LIMIT %s) s
            JOIN {VOTE_TABLES[stage]} v ON v.seat_id = s.id
                AND v.superseded_at IS NULL AND v.response_ms IS NOT NULL""",
            [corpus.pk, stage.value, LOOKED_AT],
        )
        votes, median = cursor.fetchone()
    return round(median / 1000, 1) if votes >= ENOUGH_VOTES else None


def _median_duration(corpus: Corpus) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration)
            FROM (SELECT duration FROM collection_clip
                WHERE corpus_id = %s AND duration IS NOT NULL LIMIT %s) c""",
            [corpus.pk, LOOKED_AT],
        )
        (median,) = cursor.fetchone()
    return USUAL_CLIP if median is None else float(median)


def people_in_stages(corpus: Corpus) -> dict[str, int]:
    """How many annotators may work in each stage now: active, not paused, not held elsewhere."""
    people = list(
        Membership.objects.filter(corpus=corpus)
        .annotators()
        .active()
        .values_list("stages", flat=True)
    )
    return {stage.value: sum(not held or stage in held for held in people) for stage in SEAT_STAGES}
