"""A corpus that a model can learn from, with more clips than are labeled; and its people."""

import csv
from collections.abc import Sequence
from pathlib import Path
from random import Random

from django.utils import timezone

from accounts.actions import add_member
from accounts.models import User
from collection.cartoon import CastMember
from collection.models import Corpus
from tests import factories
from tests.browser import studio
from tests.browser.plans import Plan
from tests.factories import Annotator, Clock

SLUG = "sequel"
PEOPLE = ("ann", "ben", "chen", "dana", "emre", "芳", "gus", "hana")
VALENCE = {"anger": -3, "happiness": 3, "neutral": 0, "sadness": -2, "worry": -1, "surprise": 1}
WRONG = "worry"  # which nothing is predicted to be, but where pictures are taken


def make(folder: Path) -> Corpus:
    """Made-up people have labeled a part; of the others, real ones did not agree on two."""
    films = studio.make_plain_films
    corpus = studio.open_studio(folder, SLUG, "Sequel", films, valence_ratings=3)
    clock = Clock(timezone.now())
    people = [member(corpus, name) for name in PEOPLE]
    names = [one.name for one in in_doubt()]
    factories.open_clips(corpus, at=clock.tick(), names=names)
    for user, label in zip(people, ("anger", "worry", "sadness"), strict=False):
        voter = Annotator(user.memberships.get(corpus=corpus), clock)
        for _ in names:
            voter.says(label)
    return corpus


def member(corpus: Corpus, name: str, role: str = "annotator") -> User:
    return add_member(corpus=corpus, user=factories.person(name), role=role).user


def in_doubt() -> list[CastMember]:
    """Clips of which people had found no label before."""
    of_emotion = {one.emotion: one for one in reversed(others())}
    return [of_emotion["happiness"], of_emotion["sadness"]]


def write_features(file: Path) -> Path:
    """Features that tell the classes, more and less clearly; clearest of those in doubt."""
    random, doubted = Random(1), in_doubt()
    labeled, rest = studio.cast()
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("name", *studio.CLASSES))
        for one in (*labeled, *rest):
            clear = 2 if one in doubted else random.uniform(0.5, 1.5)
            values = (random.gauss(clear * (one.emotion == code), 0.1) for code in studio.CLASSES)
            rows.writerow((one.name, *values))
    return file


def others() -> list[CastMember]:
    return studio.cast()[1]


def plan_of(name: str) -> Plan:
    """What people will say of what the clip shows; of three ratings the middle one counts."""
    (shown,) = (one.emotions for one in others() if one.name == name)
    return saying(shown)


def saying(emotions: Sequence[str]) -> Plan:
    first, last = emotions[0], emotions[-1]
    said = [(first,), (first,), (last,)]
    if first == "other":
        return Plan(emotions=said, reason="other")
    valence = VALENCE[first]
    return Plan(said, [("reliable",)] * 2, [valence - 1, valence, valence + 2], (first,))


def plans_for_the_rest(names: Sequence[str]) -> dict[str, Plan]:
    """One of them is something else than was predicted, on another people do not agree."""
    plans = {name: plan_of(name) for name in names}
    before = {one.name for one in in_doubt()}
    wrong, scattered = [name for name in names if name not in before][:2]
    plans[wrong] = saying([WRONG])
    plans[scattered] = Plan([("anger",), ("worry",), ("neutral",)], reason="no_majority")
    return plans


def label_all(corpus: Corpus, plans: dict[str, Plan]) -> None:
    """All eight answer what they are given, until every plan is done."""
    clock = Clock(timezone.now())
    memberships = corpus.memberships.filter(user__username__in=PEOPLE).select_related("user")
    people = [Annotator(each, clock) for each in memberships]
    while not all(plan.is_done for plan in plans.values()):
        answered = [answer_all(one, plans) for one in people]
        assert any(answered), plans


def answer_all(one: Annotator, plans: dict[str, Plan]) -> int:
    """What is on one's desk; how much that was."""
    screens = one.claim()
    for screen in screens:
        said = plans[screen.clip_name].next(screen.stage)
        if isinstance(said, tuple) and screen.stage == "reliability":
            one.vote(screen, *said)
        else:
            one.vote(screen, said)
    return len(screens)
