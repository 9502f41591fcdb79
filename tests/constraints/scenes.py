"""One clip in each state that an attack needs, brought there by its annotators.

A scene is a mapping from the words that the attacks' SQL uses to ids. `a`, `b`, `c` … are
annotators; a `foreign` corpus stands beside.
"""

from dataclasses import dataclass
from typing import Any

from annotation import coordination, opening, practice
from annotation.ballots import Manner
from annotation.lessons import Lesson
from annotation.models import Example, Labeling, LabelPair, Note, PracticeClip, Seat
from annotation.protocol import Stage
from tests import factories, trained
from tests.constraints import selection_scene
from tests.factories import Annotator, Clock

Scene = dict[str, Any]
NUMBERS = {"emotion_votes": 3, "reliability_votes": 3, "valence_ratings": 4}
TIED = (("anger", "worry"), ("worry", "anger"), "sadness")


@dataclass
class Stand:
    """A corpus with one open clip, ten annotators and a coordinator."""

    clock: Clock
    people: list[Annotator]
    ids: Scene

    def next(self, annotator: str, *said: Any) -> int:
        """This annotator answers the clip; the seat of the answer (the first of a screen)."""
        return self[annotator].says(*said).seats[0].seat

    def holds(self, annotator: str) -> int:
        return self[annotator].claim()[0].seats[0].seat

    def __getitem__(self, annotator: str) -> Annotator:
        return self.people["abcdefghij".index(annotator)]


def stand(**numbers: Any) -> Stand:
    clock = Clock()
    corpus = factories.opened(**(NUMBERS | numbers))
    factories.clips(corpus, ["unopened"])
    people = factories.annotators(corpus, 10, clock)
    ids: Scene = {letter: one.id for letter, one in zip("abcdefghij", people, strict=True)}
    ids |= {emotion.code: emotion.pk for emotion in corpus.emotions.all()}
    ids["corpus"], ids["coordinator"] = corpus.pk, factories.coordinator(corpus).pk
    ids["stranger"] = factories.person().pk
    ids["clip"] = factories.clip_of(corpus).pk
    ids["unopened"] = factories.clip_of(corpus, "unopened").pk
    ids["labeling"] = factories.labeling_of(corpus).pk
    ids["opening"] = opening.choose_clips(corpus=corpus, by=None).pk
    return Stand(clock, people, ids)


def free_seat(ids: Scene, **places: Any) -> int:
    free = Seat.objects.filter(labeling=ids["labeling"], annotator=None, **places)
    return free.order_by("number").values_list("pk", flat=True)[0]


def fresh() -> Scene:
    """Nobody has voted yet; `a` holds a seat."""
    s = stand()
    return s.ids | {"held": s.holds("a"), "free": free_seat(s.ids)}


def emotion(**numbers: Any) -> Scene:
    """`a` has voted, `b` holds a seat, the third is free."""
    s = stand(**numbers)
    found = {"voted": s.next("a", "anger"), "held": s.holds("b"), "free": free_seat(s.ids)}
    return s.ids | found | {"vote": _vote(found["voted"])}


def corrected() -> Scene:
    """`a` has voted, taken it back and released the seat; `b` took one back and voted anew."""
    s = stand()
    screen = s["a"].says("anger")
    s["a"].undo(screen)
    s["a"].release(screen)
    again = s["b"].says("anger")
    s["b"].undo(again)
    s["b"].vote(again, "worry")
    for letter in "cd":
        s.next(letter, "worry")
    found = {"superseded": screen.seats[0].seat, "voted": again.seats[0].seat}
    return s.ids | found | {"vote": _vote(found["superseded"]), "free": free_seat(s.ids)}


def reliability() -> Scene:
    """`a`, `b`, `c` named two labels alike; `d` judged both, `e` holds both, `f` was shown them
    and gave them back; `g` had an emotion seat, gave it back, and holds both labels too."""
    s = stand(reliability_votes=4)
    g_emotion = s["g"].claim()[0]
    s["g"].release(g_emotion)
    for letter, said in zip("abc", TIED, strict=True):
        s.next(letter, said)
    shown = s["f"].claim()[0]
    s["f"].release(shown)
    found = {
        "voted": s.next("d", "reliable", "reliable"),
        "held": s.holds("e"),
        "shown": shown.seats[0].seat,
        "g_emotion": g_emotion.seats[0].seat,
    }
    pairs = LabelPair.objects.filter(labeling=s.ids["labeling"]).values_list("emotion__code", "pk")
    found |= {f"pair_{label}": pair for label, pair in pairs}
    found["free"] = free_seat(s.ids, pair__emotion__code="anger")
    s.holds("g")
    return s.ids | found | {"vote": _vote(found["voted"])}


def relabeled() -> Scene:
    """Round 2: `d`, `e`, `f` judged round 1, `g` was shown its label; one seat is free."""
    s = stand()
    for letter in "abc":
        s.next(letter, "anger")
    shown = s["g"].claim()[0]
    s["g"].release(shown)
    for letter in "def":
        s.next(letter, "unreliable")
    pair = LabelPair.objects.get(labeling=s.ids["labeling"])
    return s.ids | {"free": free_seat(s.ids, round=2), "pair_round_1": pair.pk}


def valence(**numbers: Any) -> Scene:
    """`g` has rated, `h` holds a seat."""
    s = stand(**numbers)
    for letter in "abc":
        s.next(letter, "anger")
    for letter in "def":
        s.next(letter, "reliable")
    found = {"voted": s.next("g", 1), "held": s.holds("h"), "free": free_seat(s.ids)}
    return s.ids | found | {"vote": _vote(found["voted"])}


def voided() -> Scene:
    """The vote of `a` was voided and `d` voted instead, so that the reliability check waits."""
    s = stand()
    seat = s.next("a", "anger")
    void = coordination.void_votes(
        clip=factories.clip_of(s.people[0].membership.corpus),
        votes=[(Stage.EMOTION, _vote(seat))],
        reason="Not careful",
        by=factories.coordinator(s.people[0].membership.corpus),
        at=s.clock.tick(),
    )
    emotion_seat = free_seat(s.ids, stage="emotion")
    for letter in "bcd":
        s.next(letter, "anger")
    found = {"closed": seat, "void": void.pk, "vote": _vote(seat), "free": free_seat(s.ids)}
    return s.ids | found | {"taken": emotion_seat}


def labeled() -> Scene:
    """Done: `d` is on the reliability side."""
    s = stand(reliability_votes=1, valence_ratings=0)
    for letter in "abc":
        s.next(letter, "anger")
    s.next("d", "reliable")
    assert Labeling.objects.get(pk=s.ids["labeling"]).stage == "labeled"
    return s.ids


def unlabeled() -> Stand:
    """Done: `a`, `b` and `c` found no category in it."""
    s = stand(reliability_votes=0, valence_ratings=0)
    for letter in "abc":
        s.next(letter, "other")
    return s


def opened_again() -> Stand:
    """`a`, `b` and `c` found no category in it, and it was opened again: nobody has begun."""
    s = unlabeled()
    corpus = s.people[0].membership.corpus
    factories.open_again(corpus)
    s.ids["again"] = factories.labeling_of(corpus).pk
    s.ids["free"] = Seat.objects.filter(labeling=s.ids["again"], number=1).get().pk
    return s


def labeled_at_the_second_time() -> Scene:
    s = opened_again()
    for letter in "def":
        s.next(letter, "anger")
    assert Labeling.objects.get(pk=s.ids["again"]).stage == "labeled"
    return s.ids


def set_aside() -> Scene:
    s = stand()
    corpus = s.people[0].membership.corpus
    by = factories.coordinator(corpus)
    coordination.set_aside(
        clip=factories.clip_of(corpus), reason="Two faces", by=by, at=s.clock.tick()
    )
    return s.ids


def guided() -> Scene:
    """`a` has voted and left a note; one clip is an example of anger, on another one practices."""
    s = stand()
    corpus = s.people[0].membership.corpus
    factories.clips(corpus, ["shown", "practiced"])
    found = {name: factories.clip_of(corpus, name).pk for name in ("shown", "practiced")}
    screen = s["a"].claim()[0]
    s["a"].vote(screen, "anger", manner=Manner(note="Two faces"))
    found |= {"voted": screen.seats[0].seat, "held": s.holds("b")}
    factories.examples(corpus, ("anger", "shown"))
    lesson = Lesson(clip="practiced", stage=Stage.EMOTION.value, emotion="anger")
    practice.choose(corpus=corpus, lessons=[lesson])
    made = {"note": Note, "example": Example, "practice": PracticeClip}
    return s.ids | found | {name: model._default_manager.get().pk for name, model in made.items()}


def trained_on() -> Scene:
    """A trained run of a corpus with features that it uses, and some that it does not; another
    corpus has a run and features, too."""
    corpus, others = factories.corpus(), factories.corpus()
    by = factories.person(site_administrator=True)
    for each in (corpus, others):
        trained.label_clips(each)
    tones = trained.imported(corpus, "tones", by)
    run = trained.trained(trained.asked(corpus, [tones], by)[0])
    others_tones = trained.imported(others, "tones", by)
    return {
        "corpus": corpus.pk,
        "others": others.pk,
        "tones": tones.pk,
        "more_tones": trained.imported(corpus, "more-tones", by).pk,
        "words": trained.imported(corpus, "words", by, modality="lexical").pk,
        "others_words": trained.imported(others, "words", by, modality="lexical").pk,
        "run": run.pk,
        "model": run.model.pk,
        "others_run": trained.asked(others, [others_tones], by)[0].pk,
    }


def _vote(seat: int) -> int:
    found = Seat.objects.get(pk=seat)
    votes = (found.emotion_votes, found.reliability_votes, found.valence_ratings)
    return next(vote.pk for of in votes for vote in of.order_by("pk"))


def build() -> dict[str, Scene]:
    scenes = {
        "fresh": fresh(),
        "emotion": emotion(),
        "one label a vote": emotion(labels_per_vote=1),
        "corrected": corrected(),
        "reliability": reliability(),
        "relabeled": relabeled(),
        "valence": valence(),
        "narrow valence": valence(valence_min=1, valence_max=3),
        "voided": voided(),
        "labeled": labeled(),
        "unlabeled": unlabeled().ids,
        "opened again": opened_again().ids,
        "labeled at the second time": labeled_at_the_second_time(),
        "set aside": set_aside(),
        "guided": guided(),
        "trained": trained_on(),
        "selected": selection_scene.build(),
    }
    foreign = emotion()
    for scene in scenes.values():
        scene |= {f"foreign_{name}": value for name, value in foreign.items()}
    return scenes
