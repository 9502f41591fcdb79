"""What a history has been told, kept beside the tables, and what has to hold after a step."""

from typing import Any

from annotation.protocol import NEXT_STAGES, Stage
from collection.models import Corpus
from tests.factories import Annotator, Clock
from tests.protocol import oracle
from tests.protocol.snapshots import SIDES, SeatRow, Snapshot, check

OTHER_SIDE = {"emotion": "reliability", "reliability": "agreement"}


class Ledger:
    """What was accepted, who is on which side, who skipped what."""

    corpus: Corpus
    numbers: oracle.Numbers
    clock: Clock

    def __init__(self) -> None:
        self.votes: dict[int, list[list[Any]]] = {}  # by seat: [said, superseded, voided]
        self.sides: dict[tuple[int, str], set[str]] = {}
        self.skipped: set[tuple[int, str]] = set()
        self.paused = False
        self.before = Snapshot.of(self.corpus)
        self.over: dict[int, tuple[Any, ...]] = {}  # labelings before, as they ended

    def _voided(self, seats: set[int]) -> None:
        for seat in seats:
            self.votes[seat][-1][2] = True
        self._check()

    def _holds(self, a: Annotator, seat: SeatRow) -> bool:
        return seat.held and seat.annotator == a.id

    def _not_for(self, a: Annotator, seat: SeatRow, there: Snapshot) -> str:
        """Why this seat is not for this annotator, by the ledger; "" if it is."""
        member, clip = a.membership, there.clip(seat) if seat.labeling in there.labelings else ""
        other = OTHER_SIDE.get(seat.stage)
        if self.paused or member.paused_at is not None:
            return "paused"
        if member.stages and seat.stage not in member.stages:
            return "held to other stages"
        if (a.id, clip) in self.skipped:
            return "skipped"
        if other in self.sides.get((a.id, clip), set()):
            return "on the other side"
        for one in there.seats.values():
            if one.annotator != a.id or one.labeling != seat.labeling or one.id == seat.id:
                continue
            if one.place == seat.place and (one.voted or one.closed is None):
                return "there already"
            if one.held and other and SIDES.get(one.stage) == other:
                return "holding a seat on the other side"
        return ""

    def _check_nothing_was_kept_back(self, a: Annotator, there: Snapshot) -> None:
        """Who gets fewer than two screens could get no other: nobody is stuck."""
        for seat in there.seats.values():
            until = seat.leased_until
            lapsed = seat.annotator != a.id and until is not None and until < self.clock.now
            if (seat.free or (seat.held and lapsed)) and not self._not_for(a, seat, there):
                raise AssertionError(f"{a.id} was not offered {seat}")

    def _check(self) -> Snapshot:
        self.before = there = Snapshot.of(self.corpus)
        check(there, self.numbers)
        kept: dict[int, list[list[Any]]] = {}
        for vote in sorted(there.votes, key=lambda vote: vote.id):
            kept.setdefault(vote.seat, []).append([vote.said, vote.superseded, vote.voided])
        assert kept == self.votes, "the votes are not what was cast"
        assert all(len(of) == 1 for of in self.sides.values()), "somebody was on both sides"
        over = there.over()
        assert {id: over[id] for id in self.over} == self.over, "an earlier labeling changed"
        self.over = over
        return there

    def _expect_no_move(self) -> Snapshot:
        before = self.before.stages()
        there = self._check()
        assert there.stages() == before, "a clip moved without a vote"
        return there

    def _check_move(self, labeling: int) -> None:
        """A vote moves its clip along the stage table, and no other clip."""
        before = self.before.stages()
        after = self._check().stages()
        (was, round, _), (now, now_round, _) = before.pop(labeling), after.pop(labeling)
        assert Stage(now) in NEXT_STAGES[Stage(was)], f"from {was} to {now}"
        assert now_round >= round, f"from round {round} to {now_round}"
        assert before == after, "a vote moved another clip"

    def _check_undo(self, a: Annotator, undone: list[SeatRow], before: Snapshot) -> None:
        """Only one's last vote is undone; one holds its seats again, and others keep theirs."""
        was = before.seats[undone[0].id].answered_at
        assert was is not None
        for seat in undone:
            assert self._holds(a, seat), f"undone, but not held: {seat}"
        for seat in before.seats.values():
            mine, now = seat.annotator == a.id, self.before.seats.get(seat.id)
            later = mine and seat.answered_at is not None and seat.answered_at > was
            assert not later, f"undone, although {seat} is a later vote"
            if seat.held and (not mine or seat.voted):
                assert now is not None and now.closed is None, f"undo took {seat} from its holder"
