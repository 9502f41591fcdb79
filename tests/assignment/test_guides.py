"""Clips that show their answer are not labeled meanwhile, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connections, transaction

from annotation import coordination, guidelines, openable, opening, practice
from annotation.lessons import Lesson
from annotation.models import Example, PracticeClip, Seat
from annotation.protocol import Stage
from annotation.simulation import simulate
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories
from tests.factories import Clock

SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}
NAMES = ["clip-1", "clip-2", "clip-3", "clip-4"]


def refused(code: str, attempt: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        attempt(*args, **kwargs)
    assert caught.value.code == code
    return caught.value.detail


def unopened(names: list[str] = NAMES, **numbers: Any) -> Corpus:
    corpus = factories.corpus(**numbers)
    factories.clips(corpus, names)
    return corpus


def lesson(clip: str, **answer: Any) -> Lesson:
    return Lesson(clip=clip, stage="emotion", emotion="anger", **answer)


def chosen(corpus: Corpus) -> list[tuple[str, str]]:
    shown = guidelines.guidelines_of(corpus)["examples"]
    return [(example["emotion"], example["clip"].name) for example in shown]


def test_examples_stand_in_the_order_of_the_label_set_and_as_chosen(db: None) -> None:
    corpus = unopened()
    factories.examples(
        corpus, ("worry", "clip-1"), ("anger", "clip-3"), ("anger", "clip-2"), ("anger", "clip-3")
    )
    assert chosen(corpus) == [("anger", "clip-3"), ("anger", "clip-2"), ("worry", "clip-1")]
    factories.examples(corpus, ("anger", "clip-2"))
    assert chosen(corpus) == [("anger", "clip-2")]
    factories.examples(corpus)
    assert chosen(corpus) == []


def test_what_cannot_be_an_example_is_refused_by_name_and_nothing_changes(clock: Clock) -> None:
    corpus = unopened()
    factories.examples(corpus, ("anger", "clip-2"))
    factories.open_clips(corpus, at=clock.now, names=["clip-1"])
    said = refused("clip_is_being_labeled", factories.examples, corpus, ("anger", "clip-1"))
    assert '"clip-1"' in said
    said = refused("clip_not_in_corpus", factories.examples, corpus, ("anger", "clip-9"))
    assert '"clip-9"' in said
    said = refused("label_not_in_corpus", factories.examples, corpus, ("joy", "clip-2"))
    assert '"joy"' in said and "anger, happiness" in said
    assert chosen(corpus) == [("anger", "clip-2")]


def test_a_clip_whose_labeling_is_finished_may_be_an_example(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    factories.annotator(corpus, clock).says("anger")
    factories.examples(corpus, ("anger", "clip-1"))
    assert chosen(corpus) == [("anger", "clip-1")]


def test_an_unlabeled_clip_is_no_example_while_it_is_labeled_again(clock: Clock) -> None:
    """Its first labeling is finished, its second is not."""
    corpus = factories.opened(**SMALL)
    a, b = factories.annotators(corpus, 2, clock)
    a.says("other")
    factories.open_again(corpus)
    said = refused("clip_is_being_labeled", factories.examples, corpus, ("anger", "clip-1"))
    assert '"clip-1"' in said
    tour = [lesson("clip-1")]
    refused("clip_is_being_labeled", practice.choose, corpus=corpus, lessons=tour)
    b.says("anger")
    factories.examples(corpus, ("anger", "clip-1"))
    assert chosen(corpus) == [("anger", "clip-1")]


def test_a_clip_that_is_labeled_again_is_an_example_no_more(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    factories.examples(corpus, ("anger", "clip-1"))
    practice.choose(corpus=corpus, lessons=[lesson("clip-1")])
    a.undo(screen)
    assert chosen(corpus) == []
    assert not PracticeClip.objects.exists()


def test_opening_leaves_out_what_shows_its_answer(clock: Clock) -> None:
    corpus = unopened()
    factories.examples(corpus, ("anger", "clip-2"), ("worry", "clip-2"))
    practice.choose(corpus=corpus, lessons=[lesson("clip-3")])
    assert openable.unopened_count(corpus) == 2
    by_number = opening.choose_clips(corpus=corpus, by=None, count=4)
    assert opening.run_opening(by_number, Silent()) == 2
    assert sorted(corpus.labelings.values_list("clip__name", flat=True)) == ["clip-1", "clip-4"]
    everything = opening.choose_clips(corpus=corpus, by=None)
    assert opening.run_opening(everything, Silent()) == 0
    factories.examples(corpus)
    assert opening.run_opening(everything, Silent()) == 1


def test_opening_them_by_name_is_refused(clock: Clock) -> None:
    corpus = unopened()
    factories.examples(corpus, ("anger", "clip-2"), ("worry", "clip-2"), ("worry", "clip-4"))
    said = refused(
        "clip_shows_its_answer", opening.choose_clips, corpus=corpus, by=None, names=NAMES
    )
    assert said.startswith("2 of 4 clips") and '"clip-2"' in said and "take them out" in said
    opening.choose_clips(corpus=corpus, by=None, names=["clip-1", "clip-3"])


def test_made_up_people_do_not_vote_on_them(clock: Clock) -> None:
    corpus = unopened()
    factories.examples(corpus, ("anger", "clip-2"))
    simulate(corpus=corpus, annotators=8, seed=1, clips=None, at=clock.now, progress=Silent())
    voted = Seat.objects.filter(corpus=corpus, voted=True).values_list("clip__name", flat=True)
    assert set(voted) == {"clip-1", "clip-3", "clip-4"}


@pytest.mark.parametrize(
    "answer",
    [
        {"stage": "emotion"},
        {"stage": "emotion", "emotion": "anger", "reliability": "reliable"},
        {"stage": "reliability", "reliability": "reliable"},
        {"stage": "reliability", "emotion": "anger"},
        {"stage": "valence", "emotion": "anger", "valence_from": 1, "valence_to": 2},
        {"stage": "valence", "valence_from": 1},
    ],
    ids=str,
)
def test_a_practice_clip_has_the_answer_its_stage_asks_for(
    db: None, answer: dict[str, Any]
) -> None:
    said = refused(
        "practice_answer_does_not_fit_stage",
        practice.choose,
        corpus=unopened(),
        lessons=[lesson("clip-1"), Lesson(clip="clip-2", **answer)],
    )
    assert said.startswith("Practice clip 2 (clip-2): ")
    assert not PracticeClip.objects.exists()


@pytest.mark.parametrize(("least", "most"), [(-6, 0), (0, 6), (3, 2)])
def test_a_practice_clips_valence_is_a_part_of_the_range(db: None, least: int, most: int) -> None:
    wrong = Lesson(clip="clip-1", stage="valence", valence_from=least, valence_to=most)
    refused("practice_valence_out_of_range", practice.choose, corpus=unopened(), lessons=[wrong])


def test_practice_clips_are_read_back_as_they_were_chosen(db: None) -> None:
    corpus = unopened()
    assert practice.chosen_by(corpus) == {"own": False, "clips": []}
    lessons = [
        Lesson(
            clip="clip-3", stage="reliability", emotion="worry", reliability="unreliable",
            explanation_en="Look", explanation_zh="请看",
        ),
        lesson("clip-1"),
        Lesson(clip="clip-3", stage="valence", valence_from=-5, valence_to=0),
    ]  # fmt: skip
    practice.choose(corpus=corpus, lessons=lessons)
    assert practice.chosen_by(corpus) == {"own": True, "clips": lessons}
    practice.choose(corpus=corpus, lessons=[])
    assert practice.chosen_by(corpus) == {"own": False, "clips": []}


@pytest.mark.django_db(transaction=True)
def test_who_opens_waits_for_who_is_choosing_examples() -> None:
    corpus = unopened(["clip-1"])
    written, commit = Event(), Event()

    def choose() -> None:
        try:
            with transaction.atomic():
                factories.examples(corpus, ("anger", "clip-1"))
                written.set()
                commit.wait(1)  # s; the opening is tried meanwhile and has to wait
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(choose)
        assert written.wait(30)
        everything = opening.choose_clips(corpus=corpus, by=None)
        assert opening.run_opening(everything, Silent()) == 0
        commit.set()
        waiting.result()
    assert Example.objects.count() == 1
    assert not corpus.labelings.exists()


@pytest.mark.django_db(transaction=True)
def test_who_chooses_an_example_waits_for_who_opens_its_clip_again() -> None:
    clock = Clock()
    corpus = factories.opened(**SMALL)
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    written, commit = Event(), Event()

    def void() -> None:
        vote = Seat.objects.get(pk=screen.seats[0].seat).emotion_votes.get()
        try:
            with transaction.atomic():
                coordination.void_votes(
                    clip=factories.clip_of(corpus),
                    votes=[(Stage.EMOTION, vote.pk)],
                    reason="Careless",
                    by=factories.coordinator(corpus),
                    at=clock.tick(),
                )
                written.set()
                commit.wait(1)  # s; the example is chosen meanwhile and has to wait
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(void)
        assert written.wait(30)
        refused("clip_is_being_labeled", factories.examples, corpus, ("anger", "clip-1"))
        commit.set()
        waiting.result()
    assert not Example.objects.exists()
