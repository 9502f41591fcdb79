"""What exports hold, row by row, straight from a cursor on the server's side.

A clip's latest labeling is the one that counts. Nothing is changed to please spreadsheets:
names, labels and transcripts are written as they are, since programs read these files back.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from annotation.clip_list import LATEST
from annotation.labelings import rules_of
from annotation.models import Export
from annotation.protocol import Reliability, RoundVotes, Rules, standing
from collection.models import Corpus

FETCHED_AT_ONCE = 5000
What = Export.What

COLUMNS: dict[str, tuple[str, ...]] = {
    What.RELIABLE: (
        "name",
        "discrete",
        "valence",
        "labels",
        "round",
        "emotion_votes",
        "reliability_votes",
        "valence_ratings",
        "label_votes",
        "duration",
        "transcript",
    ),
    What.UNLABELED: ("name", "reason"),
    What.CLIPS: (
        "name",
        "stage",
        "round",
        "labels",
        "valence",
        "reason",
        "video",
        "speaker",
        "duration",
        "transcript",
    ),
    What.VOTES: (
        "clip",
        "stage",
        "round",
        "annotator",
        "emotion",
        "second_emotion",
        "reliability",
        "valence",
        "response_ms",
        "cast_at",
        "plays",
        "note",
    ),
}

# The (video, label) pairs of each round, most votes first.
PAIRS = """SELECT p.labeling_id, p.round, array_agg(e.code ORDER BY p.rank) AS labels
    FROM annotation_labelpair p JOIN annotation_emotion e ON e.id = p.emotion_id
    WHERE e.corpus_id = %(corpus)s AND p.withdrawn_at IS NULL
    GROUP BY p.labeling_id, p.round"""

# Votes of the round that decided; those on a pair that was taken back do not count.
CAST = """SELECT s.labeling_id, s.round,
        count(*) FILTER (WHERE s.stage = 'emotion') AS emotion,
        count(*) FILTER (WHERE s.stage = 'reliability' AND p.withdrawn_at IS NULL) AS reliability,
        count(*) FILTER (WHERE s.stage = 'valence') AS valence
    FROM annotation_seat s LEFT JOIN annotation_labelpair p ON p.id = s.pair_id
    WHERE s.corpus_id = %(corpus)s AND s.closed IS NULL AND s.answered_at IS NOT NULL
    GROUP BY s.labeling_id, s.round"""

# How many annotators of a round named each label.
NAMED = """SELECT labeling_id, round, jsonb_object_agg(code, votes) AS votes FROM (
        SELECT s.labeling_id, s.round, e.code, count(*) AS votes
        FROM annotation_seat s
        JOIN annotation_emotionvote v
            ON v.seat_id = s.id AND v.superseded_at IS NULL AND v.void_id IS NULL
        JOIN annotation_emotion e ON e.id IN (v.emotion_id, v.second_emotion_id)
        WHERE s.corpus_id = %(corpus)s AND s.stage = 'emotion' AND s.closed IS NULL
        GROUP BY s.labeling_id, s.round, e.code) named
    GROUP BY labeling_id, round"""

RELIABLE = f"""
    SELECT c.name, p.labels, l.valence_sum, l.valence_count, l.round, k.emotion, k.reliability,
        k.valence, n.votes::text, c.duration, c.transcript
    FROM annotation_labeling l JOIN collection_clip c ON c.id = l.clip_id
    LEFT JOIN ({PAIRS}) p ON p.labeling_id = l.id AND p.round = l.round
    LEFT JOIN ({CAST}) k ON k.labeling_id = l.id AND k.round = l.round
    LEFT JOIN ({NAMED}) n ON n.labeling_id = l.id AND n.round = l.round
    WHERE l.corpus_id = %(corpus)s AND l.stage = 'labeled' AND {LATEST}
    ORDER BY c.name"""

UNLABELED = f"""
    SELECT c.name, l.reason
    FROM annotation_labeling l JOIN collection_clip c ON c.id = l.clip_id
    WHERE l.corpus_id = %(corpus)s AND l.stage = 'unlabeled' AND {LATEST}
    ORDER BY c.name"""

CLIPS = f"""
    SELECT c.name, coalesce(l.stage, 'unopened'), l.round, p.labels, l.valence_sum,
        l.valence_count, coalesce(a.reason, l.reason), v.name, c.speaker, c.duration, c.transcript
    FROM collection_clip c
    LEFT JOIN (SELECT DISTINCT ON (clip_id) * FROM annotation_labeling
        WHERE corpus_id = %(corpus)s ORDER BY clip_id, number DESC) l ON l.clip_id = c.id
    LEFT JOIN ({PAIRS}) p ON p.labeling_id = l.id AND p.round = l.round
    LEFT JOIN annotation_settingaside a ON a.labeling_id = l.id AND a.restored_at IS NULL
    LEFT JOIN collection_video v ON v.id = c.video_id
    WHERE c.corpus_id = %(corpus)s
    ORDER BY c.name"""

VOTE = """
    SELECT s.id AS seat_id, s.labeling_id, s.round, s.stage, s.pair_id, s.annotator_id, s.closed,
        v.cast_at, v.response_ms, v.plays, v.superseded_at, v.void_id, {answer}
    FROM annotation_seat s JOIN {table} v ON v.seat_id = s.id
    WHERE s.corpus_id = %(corpus)s AND s.stage = '{stage}'"""

VOTES = " UNION ALL ".join(
    [
        VOTE.format(
            stage="emotion",
            table="annotation_emotionvote",
            answer="v.emotion_id, v.second_emotion_id, NULL::text AS reliability,"
            " NULL::smallint AS valence",
        ),
        VOTE.format(
            stage="reliability",
            table="annotation_reliabilityvote",
            answer="NULL, NULL, v.reliability::text, NULL",
        ),
        VOTE.format(
            stage="valence",
            table="annotation_valencerating",
            answer="NULL, NULL, NULL, v.valence",
        ),
    ]
)

# Labeling, its number, its first round's seats, whether it is the clip's latest; what took the
# vote out of the count, if anything; then the columns of the export.
ALL_VOTES = f"""
    SELECT l.id, l.number, l.first_round_emotion_votes, {LATEST},
        CASE WHEN v.superseded_at IS NOT NULL THEN 'superseded'
            WHEN v.void_id IS NOT NULL OR v.closed IS NOT NULL THEN 'voided' ELSE '' END,
        c.name, v.stage, v.round, {{annotator}}, coalesce(e1.code, pe.code), e2.code,
        v.reliability, v.valence, v.response_ms,
        to_char(v.cast_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), v.plays, t.text
    FROM ({VOTES}) v
    JOIN annotation_labeling l ON l.id = v.labeling_id
    JOIN collection_clip c ON c.id = l.clip_id
    LEFT JOIN annotation_emotion e1 ON e1.id = v.emotion_id
    LEFT JOIN annotation_emotion e2 ON e2.id = v.second_emotion_id
    LEFT JOIN annotation_labelpair p ON p.id = v.pair_id
    LEFT JOIN annotation_emotion pe ON pe.id = p.emotion_id
    LEFT JOIN accounts_membership m
        ON m.corpus_id = %(corpus)s AND m.user_id = v.annotator_id
    LEFT JOIN accounts_user u ON u.id = v.annotator_id
    LEFT JOIN annotation_note t ON t.seat_id = v.seat_id AND t.at = v.cast_at
    ORDER BY c.name, l.number, v.round,
        CASE v.stage WHEN 'emotion' THEN 0 WHEN 'reliability' THEN 1 ELSE 2 END,
        p.rank, v.cast_at, v.annotator_id"""


def columns_of(what: str, *, all_votes: bool = False) -> tuple[str, ...]:
    marked = ("labeling", "status") if what == What.VOTES and all_votes else ()
    return COLUMNS[what] + marked


def rows_of(
    corpus: Corpus, what: str, *, all_votes: bool = False, with_names: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The rows of an export, as they were in one moment."""
    if what == What.VOTES:
        return _votes(corpus, all_votes=all_votes, with_names=with_names)
    if what == What.RELIABLE:
        return map(_reliable, streamed(RELIABLE, corpus))
    if what == What.CLIPS:
        return map(_clip, streamed(CLIPS, corpus))
    return streamed(UNLABELED, corpus)


def streamed(query: str, corpus: Corpus) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a few thousand in memory at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query, {"corpus": corpus.pk})
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            yield from rows


def exact(total: int | None, count: int | None) -> int | float | None:
    """A trimmed mean as the shortest number that is exactly it."""
    if total is None or not count:
        return None
    return total // count if total % count == 0 else total / count


def _reliable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """ "name, discrete, valence" as the challenge files have them; `discrete` is empty when
    several labels are final."""
    name, labels, total, count, round, *counts, named, duration, transcript = row
    labels = labels or []
    discrete = labels[0] if len(labels) == 1 else None
    by_label = sorted(json.loads(named or "{}").items(), key=lambda vote: (-vote[1], vote[0]))
    final = (name, discrete, exact(total, count), labels, round)
    return (*final, *(n or 0 for n in counts), dict(by_label), duration, transcript)


def _clip(row: tuple[Any, ...]) -> tuple[Any, ...]:
    name, stage, round, labels, total, count, reason, *rest = row
    return (name, stage, round, labels or [], exact(total, count), reason or None, *rest)


def _votes(corpus: Corpus, *, all_votes: bool, with_names: bool) -> Iterator[tuple[Any, ...]]:
    """Votes that count now: those of the places that the clip's latest labeling has reached.
    With `all_votes` the others too, each with its labeling's number and its status."""
    query = ALL_VOTES.format(annotator="u.username" if with_names else "m.pseudonym")
    rules: dict[int | None, Rules] = {}
    for _, cast in groupby(streamed(query, corpus), key=lambda row: row[0]):
        rows = list(cast)
        _, number, first, latest, *_ = rows[0]
        if first not in rules:
            rules[first] = rules_of(corpus, first)
        reached = standing(rules[first], _counting(rows)).reached
        for row in rows:
            out, _, stage, round, _, label = row[4:10]
            if not out and not latest:
                out = "earlier"  # the clip was opened again
            if not out and (round, stage, label if stage == "reliability" else None) not in reached:
                out = "waiting"
            if all_votes:
                yield (*row[5:], number, out or "counted")
            elif not out:
                yield row[5:]


def _counting(rows: Sequence[tuple[Any, ...]]) -> dict[int, RoundVotes]:
    """The votes that nothing took out of the count, as `protocol.standing` wants them."""
    rounds: dict[int, RoundVotes] = {}
    for row in rows:
        out, _, stage, round, _, first, second, reliability, valence = row[4:13]
        if out:
            continue
        votes = rounds.setdefault(round, RoundVotes())
        if stage == "emotion":
            votes.emotion.append((first,) if second is None else (first, second))
        elif stage == "reliability":
            votes.reliability.setdefault(first, []).append(Reliability(reliability))
        else:
            votes.valence.append(valence)
    return rounds
