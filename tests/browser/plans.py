"""What everybody will say about a clip, vote by vote, and the labeling of all of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.browser.desks import DeskPage

Labels = tuple[str, ...]


@dataclass
class Plan:
    """A clip's votes in the order in which they will be cast, and what must come of them."""

    emotions: Sequence[Labels]
    checks: Sequence[Labels] = ()
    valence: Sequence[int] = ()
    labels: Labels = ()
    round: int = 1
    reason: str = ""
    cast: Counter[str] = field(default_factory=Counter)

    def next(self, stage: str) -> Labels | int:
        place = self.cast[stage]
        self.cast[stage] += 1
        match stage:
            case "emotion":
                return self.emotions[place]
            case "reliability":
                return self.checks[place]
            case _:
                return self.valence[place]

    @property
    def expected_valence(self) -> float:
        """§2.2: "the average of valence scores after deleting the highest and lowest"."""
        rest = list(self.valence)
        rest.remove(max(rest))
        rest.remove(min(rest))
        return sum(rest) / len(rest)

    @property
    def is_done(self) -> bool:
        wanted = {
            "emotion": len(self.emotions),
            "reliability": len(self.checks),
            "valence": len(self.valence),
        }
        return self.cast == Counter(wanted)


def straight() -> Plan:
    """Two of three say happiness, both find it reliable: labeled at once."""
    return Plan(
        emotions=[("Happiness",), ("Happiness", "Surprise"), ("Happiness",)],
        checks=[("reliable",), ("reliable",)],
        valence=[5, 4, 3, 3, 2, -2],
        labels=("happiness",),
    )


def relabeled() -> Plan:
    """The first round's anger is judged unreliable; the second round's sadness stands."""
    return Plan(
        emotions=[("Anger",)] * 3 + [("Sadness",), ("Worry", "Sadness"), ("Sadness",)],
        checks=[("reliable",), ("unreliable",), ("reliable",), ("reliable",)],
        valence=[-4, -3, -3, -2, -5, 0],
        labels=("sadness",),
        round=2,
    )


def tied() -> Plan:
    """All three name the same two labels: both become pairs, judged on one screen."""
    return Plan(
        emotions=[("Surprise", "Worry"), ("Worry", "Surprise"), ("Surprise", "Worry")],
        checks=[("reliable", "reliable")] * 2,
        valence=[-1, 0, 1, 2, -3, 1],
        labels=("surprise", "worry"),
    )


def scattered() -> Plan:
    """Three people, three labels: no majority."""
    return Plan(emotions=[("Anger",), ("Worry",), ("Neutral",)], reason="no_majority")


def none_of_these() -> Plan:
    """Most say that no category describes it."""
    return Plan(emotions=[("Other",), ("Sadness",), ("Other",)], reason="other")


def label_all(
    desks: Sequence[DeskPage],
    plans: dict[str, Plan],
    seen: Callable[[DeskPage, str], None] = lambda desk, stage: None,
    after_each: Callable[[], None] = lambda: None,
) -> int:
    """Everybody in turn answers what they are given, until every plan is done; the votes."""
    screens = 0
    for _ in range(20):
        for desk in desks:
            if not desk.has_clip:
                desk.open()  # instead of waiting until the page asks again
            while desk.has_clip:
                answer_one(desk, plans, seen)
                screens += 1
        after_each()
        if all(plan.is_done for plan in plans.values()):
            return screens
    raise AssertionError(f"not everything was asked: {plans}")


def answer_one(
    desk: DeskPage, plans: dict[str, Plan], seen: Callable[[DeskPage, str], None]
) -> None:
    stage = desk.stage
    said = plans[desk.clip].next(stage)
    desk.wait_for_picture()
    if isinstance(said, int):
        desk.rate(said)
    elif stage == "emotion":
        desk.choose(*said)
    else:
        assert len(desk.pairs) == len(said)
        desk.judge(said)
    seen(desk, stage)
    desk.send()
