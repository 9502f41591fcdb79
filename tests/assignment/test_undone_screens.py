"""What a vote is cast with, and what is back on the screen once it is taken back."""

from collections.abc import Callable
from typing import Any

from annotation import desk, inbox
from annotation.ballots import Manner
from annotation.desk import Former, Screen
from annotation.models import EmotionVote, Note, ReliabilityVote
from collection.models import Clip
from tests import factories
from tests.factories import Annotator, Clock

SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}
NOTED = Manner(response_ms=900, plays=3, note="Two faces")


def notes() -> list[str]:
    return list(Note.objects.order_by("pk").values_list("text", flat=True))


def undone(a: Annotator, screen: Screen) -> Screen:
    a.undo(screen)
    return a.screens()[0]


def test_a_vote_keeps_how_often_its_clip_was_begun(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2"])
    a = factories.annotator(corpus, clock)
    a.vote(a.claim()[0], "anger", manner=NOTED)
    a.says("worry")
    votes = EmotionVote.objects.order_by("pk").values_list("response_ms", "plays")
    assert list(votes) == [(900, 3), (900, None)]


def test_a_note_stands_beside_its_vote_once(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.claim()[0]
    for _ in range(3):  # a double click
        a.vote(screen, "anger", manner=NOTED)
    (note,) = Note.objects.all()
    (vote,) = EmotionVote.objects.all()
    assert (note.seat_id, note.corpus, note.text) == (screen.seats[0].seat, corpus, "Two faces")
    assert note.at == vote.cast_at


def test_both_labels_of_a_tied_clip_have_one_note(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=2)
    a, b = factories.annotators(corpus, 2, clock)
    a.says(("anger", "worry"))
    screen = b.claim()[0]
    b.vote(screen, "reliable", "unreliable", manner=NOTED)
    assert notes() == ["Two faces"]
    assert list(ReliabilityVote.objects.values_list("plays", flat=True)) == [3, 3]
    again = undone(b, screen)
    assert again.note == "Two faces"
    b.vote(screen, "unreliable", "unreliable", manner=NOTED)
    assert notes() == ["Two faces", "Two faces"]


def test_what_was_answered_is_back_after_an_undo_and_after_a_reload(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2"])
    a = factories.annotator(corpus, clock)
    screen = a.claim()[0]
    assert (screen.seats[0].former, screen.note) == (None, "")
    a.vote(screen, ("anger", "worry"), manner=NOTED)
    a.undo(screen)
    for shown in (a.screens(), a.claim()):
        first, *others = shown
        assert first.seats[0].former == Former("anger", "worry", None, None)
        assert first.note == "Two faces"
        assert all(other.seats[0].former is None and not other.note for other in others)


def test_the_last_answer_is_back_not_the_first(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.claim()[0]
    a.vote(screen, "anger", manner=Manner(note="Sure"))
    a.undo(screen)
    a.vote(screen, "worry", manner=Manner(note="Not sure"))
    again = undone(a, screen)
    assert (again.seats[0].former, again.note) == (Former("worry", None, None, None), "Not sure")
    assert notes() == ["Sure", "Not sure"]


def test_answers_of_every_stage_come_back(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=1, valence_ratings=3)
    a, b = factories.annotators(corpus, 2, clock)
    a.says(("anger", "worry"))
    screen = b.says("reliable", "reliable")
    assert [seat.former for seat in undone(b, screen).seats] == [
        Former(None, None, "reliable", None),
        Former(None, None, "reliable", None),
    ]
    b.vote(screen, "reliable", "reliable")
    screen = a.says(-3)
    assert undone(a, screen).seats[0].former == Former(None, None, None, -3)


def test_each_vote_has_a_note_of_its_own(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.claim()[0]
    for note in ("A", "A", "B", ""):
        a.vote(screen, "anger", manner=Manner(note=note))
        a.vote(screen, "anger", manner=Manner(note=note))  # the same vote, sent twice
        a.undo(screen)
    assert notes() == ["A", "A", "B"]
    assert a.screens()[0].note == ""


def test_a_note_that_was_taken_back_with_its_vote_waits_for_nobody(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.claim()[0]
    a.vote(screen, "anger", manner=Manner(note="A"))
    assert inbox.counts(corpus)["notes"] == 1
    a.undo(screen)
    assert inbox.counts(corpus)["notes"] == 0
    a.vote(screen, "anger", manner=Manner(note="B"))
    assert [note.text for note in inbox.unread_notes(corpus)] == ["B"]


def test_the_note_of_somebody_else_on_the_clip_is_not_shown(clock: Clock) -> None:
    corpus = factories.opened()
    a, b = factories.annotators(corpus, 2, clock)
    a.vote(a.claim()[0], "anger", manner=NOTED)
    screen = b.says("worry")
    again = undone(b, screen)
    assert (again.seats[0].former, again.note) == (Former("worry", None, None, None), "")


def test_only_a_desk_with_an_undone_vote_asks_what_it_was(
    clock: Clock, django_assert_num_queries: Callable
) -> None:
    corpus = factories.opened(["clip-1", "clip-2"])
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    a.claim()
    with django_assert_num_queries(1):
        desk.screens_of(a.membership)
    a.undo(screen)
    with django_assert_num_queries(2):
        desk.screens_of(a.membership)


def test_the_transcript_is_shown_where_the_corpus_shows_it(clock: Clock) -> None:
    for shown, expected in ((False, None), (True, "Good morning")):
        corpus = factories.opened(**SMALL)
        corpus.show_transcript = shown
        corpus.save()
        Clip.objects.filter(corpus=corpus).update(transcript="Good morning")
        a = factories.annotator(corpus, clock)
        assert a.claim()[0].transcript == expected


def test_a_clip_without_a_transcript_shows_none(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    corpus.show_transcript = True
    corpus.save()
    assert factories.annotator(corpus, clock).claim()[0].transcript is None


def test_a_clip_is_warned_of(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a = factories.annotator(corpus, clock)
    assert a.claim()[0].content_warning == ""
    Clip.objects.filter(corpus=corpus).update(content_warning="A fight")
    assert a.claim()[0].content_warning == "A fight"
