"""Replayed clips into the database, many at once, under the same constraints as single votes.

Everything goes in by COPY: labelings, pairs, seats, votes, and at the end the free seats, so
that the queue is locked only shortly. The caller holds the transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import connection

from annotation.protocol import Stage
from annotation.replay import Replay, VoteRow
from annotation.seating import draw_tickets
from collection.models import Corpus
from jobs.progress import Progress
from jobs.sentences import Said

CLIPS_AT_ONCE = 1000
WORTH_ANALYZING = 10_000  # votes; fewer do not change how queries are best answered

LABELING = (
    "id, clip_id, corpus_id, opening_id, number, stage, round, reason, valence_sum, valence_count,"
    " first_round_emotion_votes, opened_at, moved_at"
)
PAIR = "id, labeling_id, round, emotion_id, rank"
VOTED_SEAT = (
    "id, labeling_id, clip_id, corpus_id, round, stage, pair_id, number, annotator_id, token,"
    " claimed_at, answered_at, voted"
)
FREE_SEAT = "labeling_id, clip_id, corpus_id, round, stage, pair_id, number, ticket, voted"
EMOTION_VOTE = "seat_id, emotion_id, second_emotion_id, cast_at, response_ms, plays"
RELIABILITY_VOTE = "seat_id, reliability, cast_at, response_ms, plays"
VALENCE_RATING = "seat_id, valence, cast_at, response_ms, plays"
NOTE = "seat_id, corpus_id, text, at"


@dataclass(frozen=True, slots=True)
class ClipKey:
    """A clip of the corpus: its id and its place in the stored random order."""

    id: int
    shuffle: int


@dataclass(slots=True)
class BulkWriter:
    """Writes replays of one corpus. `people` and `emotions` give ids by person and code."""

    corpus: Corpus
    clips: Mapping[str, ClipKey]
    people: Mapping[str, int]
    emotions: Mapping[str, int]
    at: datetime
    openings: Mapping[int, int] = field(default_factory=dict)  # that had opened a clip before
    votes: int = 0
    # shuffle, number, labeling, clip, round, stage, pair
    free: list[tuple[int, int, int, int, int, str, int | None]] = field(default_factory=list)

    def write(self, replays: Iterable[Replay], total: int, progress: Progress) -> None:
        done = 0
        for batch in _batches(replays, CLIPS_AT_ONCE):
            progress.check()
            progress.report(done, total, Said("writing_clips", "clips"))
            self._write_batch(batch)
            done += len(batch)
        progress.check()
        self._write_free_seats()
        if self.votes >= WORTH_ANALYZING:
            with connection.cursor() as cursor:
                cursor.execute(
                    "ANALYZE annotation_labeling, annotation_labelpair, annotation_seat,"
                    " annotation_emotionvote, annotation_reliabilityvote, annotation_valencerating"
                )
        progress.report(done, total, Said("writing_clips", "clips"))

    def _write_batch(self, replays: Sequence[Replay]) -> None:
        labelings = _new_ids("annotation_labeling", len(replays))
        pairs = iter(_new_ids("annotation_labelpair", sum(map(_count_pairs, replays))))
        seats = iter(_new_ids("annotation_seat", sum(len(replay.seated) for replay in replays)))
        rows = _Rows()
        for labeling, replay in zip(labelings, replays, strict=True):
            pair_ids = {
                (round, label): (next(pairs), rank)
                for round, labels in replay.pairs.items()
                for rank, label in enumerate(labels)
            }
            rows.labelings.append(self._labeling(labeling, replay))
            rows.pairs += [
                (id, labeling, round, self.emotions[label], rank)
                for (round, label), (id, rank) in pair_ids.items()
            ]
            clip = self.clips[replay.clip]
            for number, vote in replay.seated:
                pair = pair_ids[vote.round, vote.emotion or ""][0] if _of_pair(vote) else None
                seat = next(seats)
                rows.seats.append(self._voted_seat(seat, labeling, clip.id, pair, number, vote))
                self._add_vote(rows, seat, vote)
            self._add_free_seats(replay, labeling, clip, pair_ids)
        self.votes += len(rows.seats)
        rows.copy()

    def _labeling(self, id: int, replay: Replay) -> tuple[Any, ...]:
        found = replay.standing
        valence = found.valence
        opened_at, moved_at = self._times(replay)
        clip = self.clips[replay.clip].id
        return (
            id,
            clip,
            self.corpus.pk,
            self.openings.get(clip),
            1,
            found.stage.value,
            found.round,
            found.reason,
            valence.sum if valence else None,
            valence.count if valence else None,
            replay.first_round_emotion_votes,
            opened_at,
            moved_at,
        )

    def _times(self, replay: Replay) -> tuple[datetime, datetime]:
        """When the labeling began, and when the vote was cast that brought it where it is."""
        if not replay.seated:
            return self.at, self.at
        here = (replay.standing.round, replay.standing.stage)
        opened = min(vote.cast_at for _, vote in replay.seated)
        earlier = [v.cast_at for _, v in replay.seated if (v.round, v.stage) != here]
        return opened, max(earlier, default=opened)

    def _voted_seat(
        self, id: int, labeling: int, clip: int, pair: int | None, number: int, vote: VoteRow
    ) -> tuple[Any, ...]:
        return (
            id,
            labeling,
            clip,
            self.corpus.pk,
            vote.round,
            vote.stage.value,
            pair,
            number,
            self.people[vote.person],
            uuid4(),
            vote.cast_at,
            vote.cast_at,
            True,
        )

    def _add_vote(self, rows: "_Rows", seat: int, vote: VoteRow) -> None:
        manner = (vote.cast_at, vote.response_ms, vote.plays)
        if vote.stage is Stage.EMOTION:
            second = self.emotions[vote.second_emotion] if vote.second_emotion else None
            first = self.emotions[vote.emotion or ""]
            rows.emotion.append((seat, first, second, *manner))
        elif vote.stage is Stage.RELIABILITY:
            rows.reliability.append((seat, vote.reliability, *manner))
        else:
            rows.valence.append((seat, vote.valence, *manner))
        if vote.note:
            rows.notes.append((seat, self.corpus.pk, vote.note, vote.cast_at))

    def _add_free_seats(
        self,
        replay: Replay,
        labeling: int,
        clip: ClipKey,
        pair_ids: Mapping[tuple[int, str], tuple[int, int]],
    ) -> None:
        for place, wanted in replay.standing.wanted.items():
            round, stage, label = place
            pair = pair_ids[round, label][0] if label else None
            taken = sum(vote.place == place for _, vote in replay.seated)
            self.free += [
                (clip.shuffle, number, labeling, clip.id, round, stage.value, pair)
                for number in range(taken + 1, wanted + 1)
            ]

    def _write_free_seats(self) -> None:
        """The seats still to be taken, in the corpus's stored random order."""
        self.free.sort(key=lambda seat: (seat[5], seat[0], seat[3], seat[1]))
        for stage in sorted({seat[5] for seat in self.free}):
            of_stage = [seat for seat in self.free if seat[5] == stage]
            first = draw_tickets(self.corpus.pk, stage, len(of_stage))
            _copy(
                "annotation_seat",
                FREE_SEAT,
                [
                    (labeling, clip, self.corpus.pk, round, stage, pair, number, ticket, False)
                    for ticket, (_, number, labeling, clip, round, _, pair) in enumerate(
                        of_stage, start=first
                    )
                ],
            )


@dataclass(slots=True)
class _Rows:
    """Rows of one batch, by table, in the order in which they refer to one another."""

    labelings: list[tuple[Any, ...]] = field(default_factory=list)
    pairs: list[tuple[Any, ...]] = field(default_factory=list)
    seats: list[tuple[Any, ...]] = field(default_factory=list)
    emotion: list[tuple[Any, ...]] = field(default_factory=list)
    reliability: list[tuple[Any, ...]] = field(default_factory=list)
    valence: list[tuple[Any, ...]] = field(default_factory=list)
    notes: list[tuple[Any, ...]] = field(default_factory=list)

    def copy(self) -> None:
        _copy("annotation_labeling", LABELING, self.labelings)
        _copy("annotation_labelpair", PAIR, self.pairs)
        _copy("annotation_seat", VOTED_SEAT, self.seats)
        _copy("annotation_emotionvote", EMOTION_VOTE, self.emotion)
        _copy("annotation_reliabilityvote", RELIABILITY_VOTE, self.reliability)
        _copy("annotation_valencerating", VALENCE_RATING, self.valence)
        _copy("annotation_note", NOTE, self.notes)


def _of_pair(vote: VoteRow) -> bool:
    return vote.stage is Stage.RELIABILITY


def _count_pairs(replay: Replay) -> int:
    return sum(len(labels) for labels in replay.pairs.values())


def _new_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [id for (id,) in cursor.fetchall()]


def _copy(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _batches(replays: Iterable[Replay], size: int) -> Iterator[list[Replay]]:
    rest = iter(replays)
    while batch := list(islice(rest, size)):
        yield batch
