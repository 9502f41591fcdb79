"""What does not go on by itself is told with its reason; what goes on is not."""

import inspect
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import invitations
from accounts.actions import change_member
from accounts.departures import deactivate
from annotation import coordination, corpora, progress, stuck, stuck_places
from annotation.models import Skip
from annotation.progress import seats_held
from annotation.stuck_places import Stuck
from collection.models import Clip, ClipImport, Corpus, ImportedFile
from jobs.actions import sweep
from jobs.models import WorkerSign
from tests import factories
from tests.factories import NOON, Annotator, Clock
from tests.unit.test_texts import LANGUAGES, texts, used_by

SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 1, "valence_ratings": 0}
GIVEN = {"count", "shown", "stage", "since"}  # by the page


@pytest.fixture(autouse=True)
def a_worker(clock: Clock) -> None:
    sweep()  # leaves a worker's sign of life


def found(corpus: Corpus, clock: Clock) -> dict[str, Stuck]:
    """What is stuck, but for the clips' files, which none of these tests' clips have."""
    corpus.refresh_from_db()
    told = progress.of_corpus(corpus, at=clock.tick())["stuck"]
    keys = [f"{each.code} {each.params.get('stage', '')}".strip() for each in told]
    assert len(set(keys)) == len(keys)
    return {key: each for key, each in zip(keys, told, strict=True) if key != "without_file"}


def change(ann: Annotator, **changes: Any) -> None:
    change_member(
        corpus=ann.membership.corpus,
        membership_id=ann.membership.pk,
        at=ann.clock.tick(),
        count_seats=seats_held,
        **changes,
    )


def practiced(ann: Annotator) -> Annotator:
    ann.membership.practiced_at = NOON
    ann.membership.save()
    return ann


def leave(ann: Annotator) -> None:
    for screen in ann.screens():
        ann.release(screen)


def test_where_all_goes_on_nothing_is_stuck(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"])
    first, *_ = factories.annotators(corpus, 5, clock)
    first.says("anger")
    assert found(corpus, clock) == {}


def test_nobody_to_label(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"])
    assert {key: each.count for key, each in found(corpus, clock).items()} == {"no_annotators": 2}


def test_nobody_who_may_go_on(clock: Clock) -> None:
    corpus = factories.opened(["a"])
    one, two = factories.annotators(corpus, 2, clock)
    assert found(corpus, clock)["nobody_has_begun"].count == 2
    practiced(one)
    assert found(corpus, clock).keys() == set()
    change(one, paused=True)
    deactivate(user_id=two.id)
    assert {key: each.count for key, each in found(corpus, clock).items()} == {
        "all_annotators_paused": 2
    }


def test_a_paused_corpus_and_one_in_which_nothing_is_open(clock: Clock) -> None:
    corpus = factories.corpus()
    assert found(corpus, clock) == {}, "without clips there is nothing to open"
    factories.clips(corpus, ["a", "b"])
    assert found(corpus, clock)["nothing_open"].count == 2
    paused_at = clock.tick()
    corpora.change_corpus(corpus=corpus, changes={}, paused=True, at=paused_at)
    told = found(corpus, clock)
    assert told.keys() == {"nothing_open", "corpus_paused"}
    assert told["corpus_paused"].params["since"] == paused_at.isoformat()


def test_an_archived_corpus_is_not_stuck(clock: Clock) -> None:
    corpus = factories.opened(["a"])
    Corpus.objects.filter(pk=corpus.pk).update(archived_at=NOON)
    assert found(corpus, clock) == {}


def test_without_a_worker_long_work_waits(clock: Clock) -> None:
    corpus = factories.corpus()
    long_ago = timezone.now() - timedelta(days=1)
    WorkerSign.objects.update(seen_at=long_ago)
    assert found(corpus, clock).keys() == {"no_worker"}


def test_a_stage_where_nobody_may_work(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"])
    for ann in factories.annotators(corpus, 3, clock):
        change(practiced(ann), stages=["reliability", "valence"])
    told = found(corpus, clock)
    assert {key: each.count for key, each in told.items()} == {"nobody_in_stage emotion": 2}


def test_places_that_all_annotators_are_on_the_other_side_of(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"], **SMALL)
    one, two = factories.annotators(corpus, 2, clock)
    change(two, stages=["emotion"])
    one.vote(one.screen_of("a"), "anger")
    leave(one)
    two.vote(two.screen_of("b"), "anger")
    leave(two)
    change(two, stages=[])
    assert found(corpus, clock) == {}, "each may check the other's clip"
    change(two, paused=True)
    told = found(corpus, clock)
    assert told.keys() == {"nobody_left reliability"}
    assert (told["nobody_left reliability"].count, list(told["nobody_left reliability"].clips)) == (
        1,
        ["a"],
    )
    factories.annotator(corpus, clock)
    assert found(corpus, clock) == {}


def test_places_whose_clips_all_have_skipped_who_may(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"], **SMALL)
    one, two = map(practiced, factories.annotators(corpus, 2, clock))
    for ann in (one, two):
        ann.skip(ann.screen_of("a"))
    told = found(corpus, clock)
    assert told.keys() == {"only_skipped emotion", "skips_wait"}
    assert told["only_skipped emotion"].clips == ["a"]
    assert told["skips_wait"].count == 2
    skip = Skip.objects.get(annotator=one.id)
    coordination.clear_skip(skip=skip, by=factories.coordinator(corpus), at=clock.tick())
    told = found(corpus, clock)
    assert told.keys() == {"skips_wait"}


def test_what_is_told_as_stuck_is_what_no_claim_brings(clock: Clock) -> None:
    """Everybody asks for clips until nobody gets any: what is left is what was told."""
    corpus = factories.opened([f"clip-{n}" for n in range(12)], **SMALL)
    people = factories.annotators(corpus, 2, clock)
    people[0].vote(people[0].screen_of("clip-3"), "anger")
    change(people[1], stages=["emotion"])
    while any(ann.claim() for ann in people):
        for ann in people:
            if ann.screens():
                screen = ann.screens()[0]
                ann.vote(screen, "reliable" if screen.stage == "reliability" else "anger")
    told = found(corpus, clock)
    assert told.keys() == {"nobody_left reliability"}
    left = corpus.seats.filter(annotator=None, closed=None)
    assert told["nobody_left reliability"].count == left.count() > 0
    assert set(told["nobody_left reliability"].clips) <= set(
        left.values_list("clip__name", flat=True)
    )


def test_places_that_somebody_left_lying(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"])
    one, *_ = map(practiced, factories.annotators(corpus, 6, clock))
    one.claim()
    clock.now += timedelta(hours=23)
    assert found(corpus, clock) == {}
    clock.now += timedelta(hours=2)
    told = found(corpus, clock)
    assert told.keys() == {"abandoned"}
    assert (told["abandoned"].count, sorted(told["abandoned"].clips)) == (2, ["a", "b"])


def test_clips_under_way_that_have_not_moved_for_a_week(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"], **SMALL)
    people = factories.annotators(corpus, 3, clock)
    people[0].vote(people[0].screen_of("a"), "anger")
    leave(people[0])
    clock.now += timedelta(days=6)
    assert found(corpus, clock) == {}
    clock.now += timedelta(days=2)
    told = found(corpus, clock)
    assert told.keys() == {"still"}, "a clip that waits for its first vote waits its turn"
    assert (told["still"].count, told["still"].clips) == (1, ["a"])


def test_clips_that_are_set_aside(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"])
    practiced(factories.annotator(corpus, clock))
    by = factories.coordinator(corpus)
    coordination.set_aside(
        clip=factories.clip_of(corpus, "b"), reason="loud", by=by, at=clock.tick()
    )
    assert found(corpus, clock)["set_aside"].clips == ["b"]


def test_open_clips_without_a_file(clock: Clock) -> None:
    corpus = factories.opened(["a", "b", "c", "d", "e"])
    Clip.objects.filter(corpus=corpus, name="a").update(file="a", playable="a", sha256="0" * 64)
    (told,) = [
        each
        for each in progress.of_corpus(corpus, at=clock.now)["stuck"]
        if each.code == "without_file"
    ]
    assert told.count == 4
    assert len(told.clips) == 3
    assert set(told.clips) <= {"b", "c", "d", "e"}


def test_invitations_that_nobody_uses_and_files_that_were_refused(clock: Clock) -> None:
    corpus = factories.corpus()
    by = factories.coordinator(corpus)
    for days in (1, 4, 5, 30):  # too new to ask, two to ask about, one that has expired
        invitations.invite(
            corpus=corpus,
            role="annotator",
            note="",
            invited_by=by,
            at=clock.now - timedelta(days=days),
        )
    made = ClipImport.objects.create(corpus=corpus)
    for name, outcome, dismissed in (
        ("a", "refused", None),
        ("b", "refused", NOON),
        ("c", "imported", None),
    ):
        ImportedFile.objects.create(
            clip_import=made, name=name, outcome=outcome, reason="no video", dismissed_at=dismissed
        )
    told = found(corpus, clock)
    assert {key: each.count for key, each in told.items()} == {
        "invitations_unused": 2,
        "refused_files": 1,
    }


CODES = {
    "abandoned": set[str](),
    "all_annotators_paused": set(),
    "corpus_paused": set(),
    "invitations_unused": {"days"},
    "no_annotators": set(),
    "no_worker": set(),
    "nobody_has_begun": set(),
    "nobody_in_stage": set(),
    "nobody_left": {"looked_at"},
    "nothing_open": set(),
    "only_skipped": {"looked_at"},
    "refused_files": set(),
    "set_aside": set(),
    "skips_wait": set(),
    "still": {"days"},
    "without_file": set(),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_is_stuck_has_a_text_of_what_it_gives(language: str) -> None:
    known = {
        key.removeprefix("stuck."): text
        for key, text in texts(language).items()
        if key.startswith("stuck.")
    }
    of_code = {
        code: [text for key, text in known.items() if re.fullmatch(rf"{code}(_one|_other)?", key)]
        for code in CODES
    }
    assert all(of_code.values())
    assert sum(map(len, of_code.values())) == len(known), "no text is kept for what is never told"
    for code, given in CODES.items():
        assert {name for text in of_code[code] for name in used_by(text)} <= given | GIVEN, code


def test_every_code_that_is_told_is_among_them() -> None:
    sources = map(inspect.getsource, (stuck, stuck_places))
    assert set(re.findall(r'Stuck\(\s*"(\w+)"', "".join(sources))) == set(CODES)
