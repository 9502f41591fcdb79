"""Corpora, clips and people at their desks, made as the app makes them: through its actions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.test import override_settings

from accounts.actions import NewPerson, add_member, make_person
from accounts.models import Membership, User
from annotation import actions, corpora, desk, guidelines, opening
from annotation.actions import HeldSeat
from annotation.ballots import Answer, Manner
from annotation.desk import Screen
from annotation.labelsets import Label
from annotation.models import Labeling, Opening
from collection.manifest_rows import Entry
from collection.models import Clip, ClipImport, Corpus
from collection.naming import register_names
from jobs.progress import Silent

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LABELS = (
    Label("anger"),
    Label("happiness"),
    Label("sadness"),
    Label("worry"),
    Label("other", special=True),
    Label("unjudgeable", special=True),
)
QUICK_HASH = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TOOK_900_MS = Manner(response_ms=900)
_numbered = count(1)


@dataclass
class Clock:
    """Time as an argument: every reading is a second later than the last."""

    now: datetime = NOON

    def tick(self, seconds: float = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def corpus(
    slug: str | None = None, *, labels: tuple[Label, ...] = LABELS, **numbers: Any
) -> Corpus:
    return corpora.create_corpus(
        slug=slug or f"corpus-{next(_numbered)}",
        name="Films",
        labels=labels,
        source="the test",
        numbers=dict(numbers),
    )


def clips(corpus: Corpus, names: Sequence[str], *, videos: dict[str, str] | None = None) -> None:
    """Clips known by name, as a manifest brings them; `videos` says of which film they are."""
    of = videos or {}
    entries = [Entry(name=name, video=of.get(name, "")) for name in names]
    made = ClipImport.objects.create(corpus=corpus)
    register_names(clip_import=made, entries=entries, progress=Silent())


def open_clips(corpus: Corpus, *, at: datetime, names: Sequence[str] | None = None) -> None:
    chosen = opening.choose_clips(corpus=corpus, by=None, names=names)
    while opening.open_batch(chosen, most=opening.BATCH, at=at):
        pass


def open_again(corpus: Corpus, names: Sequence[str] = ("clip-1",)) -> Opening:
    """Open clips whose labeling ended unlabeled; those of other names are opened, too."""
    chosen = opening.choose_clips(corpus=corpus, by=None, names=names, again=True)
    opening.run_opening(chosen, Silent())
    return chosen


def examples(corpus: Corpus, *chosen: tuple[str, str]) -> None:
    """Example clips of labels, each named as (label, clip)."""
    guidelines.choose_examples(corpus=corpus, examples=chosen)


def opened(names: Sequence[str] = ("clip-1",), *, at: datetime = NOON, **numbers: Any) -> Corpus:
    """A corpus whose clips are open for labeling."""
    made = corpus(**numbers)
    clips(made, names)
    open_clips(made, at=at)
    return made


def person(username: str | None = None, **options: Any) -> User:
    name = username or f"person-{next(_numbered)}"
    with override_settings(PASSWORD_HASHERS=QUICK_HASH):
        return make_person(person=NewPerson(name, "a long enough secret"), **options)


def coordinator(corpus: Corpus) -> User:
    return add_member(corpus=corpus, user=person(), role="coordinator").user


@dataclass
class Annotator:
    """An annotator of one corpus, at the desk."""

    membership: Membership
    clock: Clock
    shown: list[Screen] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.membership.user_id

    def claim(self) -> list[Screen]:
        """Ask for clips; the screens now held."""
        self.membership = Membership.objects.select_related("corpus").get(pk=self.membership.pk)
        actions.claim(membership=self.membership, at=self.clock.tick())
        return self.screens()

    def screens(self) -> list[Screen]:
        held = desk.screens_of(self.membership)
        self.shown += [screen for screen in held if screen not in self.shown]
        return held

    def screen_of(self, clip: str) -> Screen:
        """Ask for clips until this one is on the desk; others are given back meanwhile."""
        for _ in range(50):
            for screen in self.claim():
                if screen.clip_name == clip:
                    return screen
            self.release(self.screens()[0])
        raise AssertionError(f"{self.membership} was never offered {clip}")

    def vote(
        self, screen: Screen, *said: str | int | tuple[str, ...], manner: Manner = TOOK_900_MS
    ) -> None:
        """Answer a screen: labels as `"anger"` or `("anger", "worry")`, answers, or numbers."""
        answers = [answer(screen, seat, say) for seat, say in zip(screen.seats, said, strict=True)]
        actions.vote(
            membership=self.membership, answers=answers, manner=manner, at=self.clock.tick()
        )

    def says(self, *said: str | int | tuple[str, ...]) -> Screen:
        """Claim, and answer the first screen."""
        screen = self.claim()[0]
        self.vote(screen, *said)
        return screen

    def release(self, screen: Screen) -> None:
        actions.release(membership=self.membership, held=held_seats(screen), at=self.clock.tick())

    def skip(self, screen: Screen, reason: str = "cannot_play", note: str = "") -> None:
        actions.skip(
            membership=self.membership,
            held=held_seats(screen),
            reason=reason,
            note=note,
            at=self.clock.tick(),
        )

    def undo(self, screen: Screen) -> None:
        actions.undo(membership=self.membership, seat=screen.seats[0].seat, at=self.clock.tick())

    def nothing(self) -> str:
        """Why there is nothing for them now."""
        self.membership = Membership.objects.select_related("corpus").get(pk=self.membership.pk)
        return desk.why_nothing(self.membership).code


def annotators(corpus: Corpus, number: int, clock: Clock) -> list[Annotator]:
    return [annotator(corpus, clock) for _ in range(number)]


def annotator(corpus: Corpus, clock: Clock, user: User | None = None) -> Annotator:
    membership = add_member(corpus=corpus, user=user or person(), role="annotator")
    membership.corpus = corpus
    return Annotator(membership, clock)


def answer(screen: Screen, seat: Any, said: str | int | tuple[str, ...]) -> Answer:
    match screen.stage:
        case "emotion":
            labels = (said,) if isinstance(said, str) else tuple(map(str, said))  # type: ignore[arg-type]
            second = labels[1] if len(labels) > 1 else None
            return Answer(seat.seat, seat.token, emotion=labels[0], second_emotion=second)
        case "reliability":
            return Answer(seat.seat, seat.token, reliability=str(said))
        case _:
            assert isinstance(said, int)
            return Answer(seat.seat, seat.token, valence=said)


def held_seats(screen: Screen) -> list[HeldSeat]:
    return [HeldSeat(seat.seat, seat.token) for seat in screen.seats]


def labeling_of(corpus: Corpus, clip: str = "clip-1") -> Labeling:
    """The clip's latest labeling."""
    of_clip = Labeling.objects.filter(clip__corpus=corpus, clip__name=clip)
    return of_clip.select_related("clip", "corpus").latest("number")


def clip_of(corpus: Corpus, name: str = "clip-1") -> Clip:
    return Clip.objects.select_related("corpus").get(corpus=corpus, name=name)
