"""What a history left, looked at by the product's own second ways: recheck and replay."""

from annotation.labelings import rules_of
from annotation.protocol import RoundVotes, Stage, standing
from annotation.rechecking import recheck
from annotation.replay import VoteRow, count_vote, replay
from collection.models import Corpus
from tests.factories import NOON
from tests.protocol import snapshots
from tests.protocol.snapshots import SeatRow, Snapshot


def check_played_again(corpus: Corpus, there: Snapshot) -> None:
    """`manage.py recheck` finds nothing, and the counted votes of each clip, cast again from a
    file into an empty corpus, leave it where it stands."""
    different = [found for of_labeling in recheck(corpus) for found in of_labeling]
    assert not different, different
    rules = rules_of(corpus)
    for labeling in there.labelings.values():
        if labeling.stage == "set_aside":
            continue
        rows = [
            _row(vote, there.seats[vote.seat], labeling.clip)
            for vote in there.votes
            if vote.counts and there.seats[vote.seat].labeling == labeling.id
        ]
        rounds: dict[int, RoundVotes] = {}
        for row in rows:
            count_vote(rounds, row)
        reached = standing(rules, rounds).reached
        played = replay(rules, labeling.clip, [row for row in rows if row.place in reached])
        assert not played.faults, [str(fault) for fault in played.faults]
        found = played.standing
        stored = (labeling.stage, labeling.round, labeling.reason)
        assert (found.stage, found.round, found.reason) == stored


def _row(vote: snapshots.VoteRow, seat: SeatRow, clip: str) -> VoteRow:
    row = VoteRow(
        row=vote.id,
        clip=clip,
        stage=Stage(vote.kind),
        round=seat.round,
        annotator=str(seat.annotator),
        person=str(seat.annotator),
        cast_at=seat.answered_at or NOON,
        emotion=seat.label,
    )
    match vote.kind:
        case "emotion":
            row.emotion, row.second_emotion = (*vote.said, None)[:2]
        case "reliability":
            row.reliability = vote.said[0]
        case _:
            row.valence = vote.said[0]
    return row
