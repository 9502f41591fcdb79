"""Nothing for you now: the reason, and what would change it."""

from annotation import coordination, corpora
from annotation.models import Skip
from tests import factories
from tests.assignment.test_coordinating import change
from tests.factories import Clock


def test_nothing_is_opened(clock: Clock) -> None:
    corpus = factories.corpus()
    factories.clips(corpus, ["clip-1"])
    a = factories.annotator(corpus, clock)
    assert (a.claim(), a.nothing()) == ([], "nothing_opened")
    factories.open_clips(corpus, at=clock.tick())
    assert len(a.claim()) == 1


def test_all_is_done(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=0, valence_ratings=0)
    a = factories.annotator(corpus, clock)
    a.says("anger")
    assert (a.claim(), a.nothing()) == ([], "all_done")


def test_waiting_for_others_who_hold_the_rest(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1)
    a, b = factories.annotators(corpus, 2, clock)
    (screen,) = a.claim()
    assert (b.claim(), b.nothing()) == ([], "waiting_for_others")
    a.release(screen)
    assert len(b.claim()) == 1


def test_waiting_for_others_to_vote_too(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    a.says("anger")
    assert (a.claim(), a.nothing()) == ([], "waiting_for_others")


def test_on_the_other_side_of_all_that_is_left(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1)
    a = factories.annotator(corpus, clock)
    a.says("anger")
    assert (a.claim(), a.nothing()) == ([], "other_side")


def test_skipped_what_is_left(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    a.skip(a.claim()[0])
    assert (a.claim(), a.nothing()) == ([], "skipped")
    skip = Skip.objects.get(corpus=corpus)
    coordination.clear_skip(skip=skip, by=factories.coordinator(corpus), at=clock.tick())
    assert len(a.claim()) == 1


def test_the_corpus_is_paused(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    corpora.change_corpus(corpus=corpus, changes={}, paused=True, at=clock.tick())
    assert (a.claim(), a.nothing()) == ([], "corpus_paused")
    corpora.change_corpus(corpus=corpus, changes={}, paused=False, at=clock.tick())
    assert len(a.claim()) == 1


def test_the_annotator_is_paused(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    change(a, paused=True)
    assert (a.claim(), a.nothing()) == ([], "you_are_paused")
    change(a, paused=False)
    assert len(a.claim()) == 1


def test_held_to_stages_where_nothing_waits(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    change(a, stages=["reliability", "valence"])
    assert (a.claim(), a.nothing()) == ([], "held_to_stages")
    change(a, stages=["emotion"])
    assert len(a.claim()) == 1
