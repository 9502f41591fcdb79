"""Plays a random history of a small corpus, and checks everything after every step.

A history is its seed: playing it again repeats it. What has to hold is in the ledger.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from accounts.actions import change_member
from accounts.models import Membership, User
from annotation import actions, coordination, corpora
from annotation.ballots import Answer
from annotation.desk import Screen
from annotation.models import Skip
from annotation.progress import seats_held
from annotation.protocol import Stage
from jobs.errors import Refusal
from tests import factories
from tests.factories import NOON, Annotator, Clock
from tests.protocol import oracle
from tests.protocol.ledger import Ledger
from tests.protocol.played_again import check_played_again
from tests.protocol.snapshots import SIDES

LOST = {
    "seat_taken_over",
    "seat_withdrawn",
    "seat_released",
    "seat_skipped",
    "vote_voided",
    "clip_is_set_aside",
}
CATEGORIES = ("anger", "happiness", "sadness", "worry")
WEIGHTS = {
    "work": 66,
    "claim": 5,
    "vote_from_an_old_page": 5,
    "vote_what_is_not_allowed": 1,
    "undo": 8,
    "release": 4,
    "skip": 3,
    "clear_a_skip": 2,
    "renew": 1,
    "time_passes": 4,
    "void": 5,
    "void_everything_of_somebody": 1,
    "set_aside_or_restore": 3,
    "open_again": 8,
    "pause": 2,
    "hold_to_stages": 1,
}


class History(Ledger):
    """One corpus, its people, and what they were told."""

    def __init__(self, seed: int, people: Sequence[User], coordinator: User) -> None:
        self.seed, self.random, self.clock = seed, random.Random(seed), Clock()
        draw = self.random
        emotion = draw.choice([1, 2, 2, 3, 3])
        self.numbers = oracle.Numbers(
            emotion_votes=emotion,
            max_emotion_votes=emotion + draw.choice([0, 0, 1, 2]),
            reliability_votes=draw.choice([0, 1, 2, 2]),
            relabel_rounds=draw.choice([0, 1, 1, 2]),
            valence_ratings=draw.choice([0, 3, 3, 4]),
        )
        self.labels_per_vote = draw.choice([1, 2, 2])
        self.astray = draw.choice([0.15, 0.15, 0.6])  # how often a label is any
        names = [f"clip-{n}" for n in range(1, draw.choice([1, 1, 2, 3, 4]) + 1)]
        self.corpus = factories.corpus(
            f"history-{seed}-{people[0].pk}",
            labels_per_vote=self.labels_per_vote,
            **{k: v for k, v in vars(self.numbers).items() if k != "special"},
        )
        factories.clips(self.corpus, names, videos=dict.fromkeys(names[1:3], "film"))
        factories.open_clips(self.corpus, at=NOON)
        self.truth = {name: draw.sample(CATEGORIES, 2) for name in names}
        self.annotators = [
            factories.annotator(self.corpus, self.clock, user)
            for user in people[: draw.randint(4, 10)]
        ]
        self.coordinator = coordinator
        self.answered: list[tuple[Annotator, Screen, list[Answer]]] = []
        self.log: list[str] = []
        super().__init__()

    def play(self, steps: int) -> None:
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        for _ in range(steps):
            name = self.random.choices(names, weights)[0]
            somebody = self.random.choice(self.annotators)
            self.log.append(f"{name} ({somebody.id})")
            getattr(self, name)(somebody)
        check_played_again(self.corpus, self._check())

    # What annotators do

    def work(self, a: Annotator) -> None:
        screens = self.claim(a)
        if screens:
            screen = screens[-1 if self.random.random() < 0.2 else 0]
            self._vote(a, screen, [self._answer(screen, seat) for seat in screen.seats])

    def claim(self, a: Annotator) -> list[Screen]:
        held_before = {seat.id for seat in self.before.seats.values() if self._holds(a, seat)}
        screens = a.claim()
        after = self._expect_no_move()
        held = {seat.id: seat for seat in after.seats.values() if self._holds(a, seat)}
        assert held_before <= set(held), "a claim lost a seat that was held"
        assert {seat.seat for screen in screens for seat in screen.seats} == set(held)
        given = set(held) - held_before
        assert not given or len({held[seat].labeling for seat in held}) <= 2, "three screens"
        for new in given:
            why = self._not_for(a, held[new], self.before)
            assert why == "", f"seat {held[new]} was given to {a.id} although {why}"
        for seat in held.values():
            if seat.stage == "reliability":
                self.sides.setdefault((a.id, after.clip(seat)), set()).add("reliability")
        if len(screens) < 2:
            self._check_nothing_was_kept_back(a, after)
        return screens

    def vote_from_an_old_page(self, a: Annotator) -> None:
        if a.shown:
            screen = self.random.choice(a.shown)
            said = [self._answer(screen, seat) for seat in screen.seats]
            if self.random.random() < 0.3:  # a double click
                said = next((s for who, old, s in self.answered if (who, old) == (a, screen)), said)
            self._vote(a, screen, said)

    def vote_what_is_not_allowed(self, a: Annotator) -> None:
        """Whatever one sends, nothing changes but by a vote that fits."""
        for screen in a.screens()[:1]:
            seat = screen.seats[0]
            wrong = [
                Answer(seat.seat, seat.token),
                Answer(seat.seat, seat.token, emotion="joy"),
                Answer(seat.seat, seat.token, emotion="other", second_emotion="anger"),
                Answer(seat.seat, seat.token, emotion="anger", second_emotion="anger"),
                Answer(seat.seat, seat.token, reliability="maybe"),
                Answer(seat.seat, seat.token, valence=6),
                Answer(seat.seat, seat.token, emotion="anger", valence=1),
                Answer(seat.seat, "00000000-0000-0000-0000-000000000000", emotion="anger"),
            ]
            assert self._refused(partial(self._send, a, [self.random.choice(wrong)]))
            self._expect_no_move()

    def undo(self, a: Annotator) -> None:
        mine = [(screen, said) for who, screen, said in self.answered if who is a]
        if not mine:
            return
        screen, said = mine[-1] if self.random.random() < 0.8 else self.random.choice(mine)
        before = self.before
        code = self._refused(lambda: a.undo(screen))
        if code:
            self._expect_no_move()
            return
        taken_back = [answer.seat for answer in said]
        for seat in taken_back:
            self.votes[seat][-1][1] = True
        self.answered.remove((a, screen, said))
        after = self._check()
        self._check_undo(a, [after.seats[seat] for seat in taken_back], before)

    def release(self, a: Annotator) -> None:
        for screen in self._some(a.screens()):
            a.release(screen)
            self._expect_no_move()

    def skip(self, a: Annotator) -> None:
        for screen in self._some(a.screens()):
            a.skip(screen, self.random.choice(["cannot_play", "know_people", "do_not_want"]))
            self.skipped.add((a.id, screen.clip_name))
            self._expect_no_move()

    def renew(self, a: Annotator) -> None:
        for screen in self._some(a.shown):
            named = factories.held_seats(screen)
            kept = actions.renew(membership=a.membership, held=named, at=self.clock.tick())
            after = self._expect_no_move()
            assert kept == {s.seat for s in named if self._holds(a, after.seats[s.seat])}

    # What coordinators do, and time

    def time_passes(self, a: Annotator) -> None:
        self.clock.tick(self.random.choice([300, 900, 1000, 100_000]))

    def void(self, a: Annotator) -> None:
        counting = self.before.voidable()
        for vote in self._some(counting):
            clip = self.before.clip(self.before.seats[vote.seat])
            others = [v for v in counting if self.before.clip(self.before.seats[v.seat]) == clip]
            votes = {vote, *self.random.sample(others, self.random.choice([0, 0, 1]))}
            coordination.void_votes(
                clip=factories.clip_of(self.corpus, clip),
                votes=[(Stage(v.kind), v.id) for v in votes],
                reason="Not careful",
                by=self.coordinator,
                at=self.clock.tick(),
            )
            self._voided({v.seat for v in votes})

    def void_everything_of_somebody(self, a: Annotator) -> None:
        void = coordination.start_void_of_annotator(
            membership=a.membership, reason="All of it", by=self.coordinator, at=self.clock.tick()
        )
        seats = set()
        for labeling, votes in coordination.labelings_to_void(void).items():
            named = {(stage.value, vote) for stage, vote in votes}
            seats |= {v.seat for v in self.before.votes if (v.kind, v.id) in named}
            coordination.void_in_labeling(
                void=void, labeling=labeling, votes=votes, at=self.clock.tick()
            )
        mine = {seat.id for seat in self.before.seats.values() if seat.annotator == a.id}
        assert seats == {v.seat for v in self.before.voidable()} & mine
        self._voided(seats)

    def set_aside_or_restore(self, a: Annotator) -> None:
        labeling = self.random.choice(self.before.latest())
        clip, at = factories.clip_of(self.corpus, labeling.clip), self.clock.tick()
        if labeling.stage == "set_aside":
            coordination.restore(clip=clip, by=self.coordinator, at=at)
            assert self._check().labelings[labeling.id].stage != "set_aside"
        else:
            coordination.set_aside(clip=clip, reason="Two faces", by=self.coordinator, at=at)
            assert self._check().labelings[labeling.id].stage == "set_aside"

    def open_again(self, a: Annotator) -> None:
        """All clips are named; only those that ended unlabeled are opened again."""
        latest, before = self.before.latest(), self.before.stages()
        opened = factories.open_again(self.corpus, [one.clip for one in latest])
        after = self._check()
        made = [one for one in after.latest() if one.id not in before]
        ended = [one for one in latest if one.stage == "unlabeled"]
        assert {(one.clip, one.number - 1) for one in made} == {(x.clip, x.number) for x in ended}
        assert after.stages() == before | {one.id: ("emotion", 1, "") for one in made}
        assert set(opened.labelings.values_list("pk", flat=True)) == {one.id for one in made}

    def clear_a_skip(self, a: Annotator) -> None:
        skips = Skip.objects.filter(corpus=self.corpus, cleared_at=None).select_related("clip")
        for skip in self._some(list(skips.order_by("pk"))):
            coordination.clear_skip(skip=skip, by=self.coordinator, at=self.clock.tick())
            self.skipped.discard((skip.annotator_id, skip.clip.name))
            self._expect_no_move()

    def pause(self, a: Annotator) -> None:
        if self.random.random() < 0.4:
            self.paused = not self.paused
            corpora.change_corpus(
                corpus=self.corpus, changes={}, paused=self.paused, at=self.clock.tick()
            )
        else:
            self._change(a, paused=a.membership.paused_at is None)

    def hold_to_stages(self, a: Annotator) -> None:
        stages = ["emotion", "reliability", "valence"]
        self._change(a, stages=self.random.choice([[], [], stages[:1], stages[1:], stages[1:2]]))

    # The pieces of it

    def _change(self, a: Annotator, **changes: Any) -> None:
        change_member(
            corpus=self.corpus,
            membership_id=a.membership.pk,
            at=self.clock.tick(),
            count_seats=seats_held,
            **changes,
        )
        a.membership = Membership.objects.select_related("corpus").get(pk=a.membership.pk)

    def _some(self, things: list[Any]) -> list[Any]:
        return [self.random.choice(things)] if things else []

    def _answer(self, screen: Screen, seat: Any) -> Answer:
        draw, truth = self.random, self.truth[screen.clip_name]
        match screen.stage:
            case "emotion":
                said: list[str] = [label for label in truth if draw.random() < 0.55]
                if not said or draw.random() < self.astray:
                    said = [draw.choice(["other", "unjudgeable", *CATEGORIES, *CATEGORIES])]
                draw.shuffle(said)
                return factories.answer(screen, seat, tuple(said[: self.labels_per_vote]))
            case "reliability":
                answers = ["reliable"] * 5 + ["unreliable", "unjudgeable"]
                return factories.answer(screen, seat, draw.choice(answers))
            case _:
                return factories.answer(screen, seat, draw.randint(-5, 5))

    def _send(self, a: Annotator, said: list[Answer]) -> None:
        actions.vote(membership=a.membership, answers=said, at=self.clock.tick())

    def _refused(self, attempt: Callable[[], None]) -> str:
        try:
            attempt()
        except Refusal as refusal:
            assert refusal.code and refusal.detail.endswith(".")
            return refusal.code
        return ""

    def _vote(self, a: Annotator, screen: Screen, said: list[Answer]) -> None:
        """Vote, and see that it is accepted exactly if every seat is still one's own."""
        seats = [self.before.seats[answer.seat] for answer in said]
        mine = all(seat.annotator == a.id and seat.closed is None for seat in seats)
        open_ones = [x for x, seat in zip(said, seats, strict=True) if seat.answered_at is None]
        old = {s.seat: s for _, _, answers in self.answered for s in answers}
        repeats = all(
            old.get(x.seat) == x for x, s in zip(said, seats, strict=True) if s.answered_at
        )
        code = self._refused(lambda: self._send(a, said))
        assert (code == "") == (mine and repeats), f"vote on {seats}: {code or 'accepted'}"
        if code or not open_ones:
            assert code in LOST | {"", "already_voted"}, code
            self._expect_no_move()
            return
        for answer in open_ones:
            said_now = (answer.emotion, answer.second_emotion, answer.reliability, answer.valence)
            entry = [tuple(x for x in said_now if x is not None), False, False]
            self.votes.setdefault(answer.seat, []).append(entry)
        if screen.stage in SIDES:
            self.sides.setdefault((a.id, screen.clip_name), set()).add(SIDES[screen.stage])
        self.answered.append((a, screen, open_ones))
        self._check_move(seats[0].labeling)
