"""A clip whose labeling ended unlabeled is opened again; the labeling before stays as it ended."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import coordination, openable, opening, rechecking
from annotation.clip_list import LATEST, Where
from annotation.models import Labeling, Opening, Seat
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import Cancelled, Silent
from tests import factories
from tests.factories import Annotator, Clock

# One vote finishes a clip: "other" leaves it unlabeled, an emotion labels it.
ONE_VOTE: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}


def numbered(corpus: Corpus) -> list[tuple[str, int, str]]:
    found = corpus.labelings.order_by("clip__name", "number")
    return list(found.values_list("clip__name", "number", "stage"))


def choose(corpus: Corpus, **which: Any) -> Opening:
    return opening.choose_clips(corpus=corpus, by=None, again=True, **which)


def refused(code: str, corpus: Corpus, **which: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        choose(corpus, **which)
    assert caught.value.code == code
    return caught.value


def unlabeled(clock: Clock, names: list[str]) -> tuple[Corpus, Annotator]:
    """A corpus whose one annotator has found all of these clips to be of no category."""
    corpus = factories.opened(names, **ONE_VOTE)
    a = factories.annotator(corpus, clock)
    for _ in names:
        a.says("other")
    return corpus, a


def of_every_stage(clock: Clock) -> Corpus:
    """Clips that are unlabeled, labeled, open, set aside and unopened, each named so."""
    corpus = factories.opened(["unlabeled", "labeled", "open", "aside"], **ONE_VOTE)
    factories.clips(corpus, ["unopened"])
    a = factories.annotator(corpus, clock)
    a.vote(a.screen_of("unlabeled"), "other")
    a.vote(a.screen_of("labeled"), "anger")
    coordination.set_aside(
        clip=factories.clip_of(corpus, "aside"),
        reason="Two faces",
        by=factories.coordinator(corpus),
        at=clock.tick(),
    )
    return corpus


@pytest.mark.parametrize("how", ["names", "clips", "where"])
def test_what_is_unlabeled_gets_a_second_labeling_and_what_is_unopened_a_first(
    how: str, clock: Clock
) -> None:
    corpus = of_every_stage(clock)
    before = numbered(corpus)
    which: dict[str, Any] = {
        "names": list(corpus.clips.values_list("name", flat=True)),
        "clips": list(corpus.clips.values_list("pk", flat=True)),
        "where": Where(),
    }
    chosen = choose(corpus, **{how: which[how]})
    assert (openable.unopened_count(corpus), openable.again_count(corpus)) == (1, 1)
    assert opening.run_opening(chosen, Silent()) == 2
    assert numbered(corpus) == sorted(
        [*before, ("unlabeled", 2, "emotion"), ("unopened", 1, "emotion")]
    )
    made = chosen.labelings.order_by("clip__name").values_list("clip__name", "number")
    assert list(made) == [("unlabeled", 2), ("unopened", 1)]
    assert Seat.objects.filter(labeling__opening=chosen, annotator=None, ticket__gt=4).count() == 2
    assert (openable.unopened_count(corpus), openable.again_count(corpus)) == (0, 0)


def test_unless_it_is_asked_for_nothing_is_opened_again(clock: Clock) -> None:
    corpus = of_every_stage(clock)
    names = list(corpus.clips.values_list("name", flat=True))
    for which in ({"names": names}, {"count": 5}, {"where": Where()}, {}):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            chosen = opening.choose_clips(corpus=corpus, by=None, **which)
            assert opening.run_opening(chosen, Silent()) == 1, which
            assert not corpus.labelings.filter(number__gt=1).exists()
            cursor.execute("ROLLBACK TO SAVEPOINT before")
    with pytest.raises(Refusal) as caught:
        opening.choose_clips(corpus=corpus, by=None, where=Where(stage="unlabeled"))
    assert caught.value.code == "no_clips_to_open"


def test_what_cannot_be_opened_again_is_refused(clock: Clock) -> None:
    corpus = of_every_stage(clock)
    refused("again_names_its_clips", corpus)
    refused("again_names_its_clips", corpus, count=1)
    refused("no_clips_named", corpus, clips=[])
    refused("no_clips_to_open", corpus, where=Where(stage="labeled"))
    assert not Opening.objects.filter(again=True).exists()
    elsewhere = factories.opened()
    with pytest.raises(ValueError, match="of 1 clips, 0 are"):
        choose(corpus, clips=[factories.clip_of(elsewhere).pk])


def test_an_example_that_is_unlabeled_is_opened_again_only_when_it_shows_its_answer_no_more(
    clock: Clock,
) -> None:
    corpus, _ = unlabeled(clock, ["clip-1", "clip-2"])
    factories.examples(corpus, ("anger", "clip-1"))
    told = refused("clip_shows_its_answer", corpus, names=["clip-1", "clip-2"])
    assert told.params == {"value": "clip-1", "count": 1}
    refused("clip_shows_its_answer", corpus, clips=[factories.clip_of(corpus).pk])
    assert opening.run_opening(choose(corpus, where=Where()), Silent()) == 1
    assert not corpus.labelings.filter(clip__name="clip-1", number=2).exists()
    # Chosen, and made an example only then: the others are opened all the same.
    factories.examples(corpus)
    chosen = choose(corpus, names=["clip-1"])
    factories.examples(corpus, ("anger", "clip-1"))
    assert opening.run_opening(chosen, Silent()) == 0
    factories.examples(corpus)
    assert opening.run_opening(chosen, Silent()) == 1


def test_an_opening_that_runs_twice_opens_no_clip_a_third_time(clock: Clock) -> None:
    corpus, a = unlabeled(clock, ["clip-1", "clip-2"])
    chosen = factories.open_again(corpus, ["clip-1", "clip-2"])
    a.says("other")
    assert openable.again_count(corpus) == 1
    assert opening.run_opening(chosen, Silent()) == 2  # in all, none of them now
    assert sorted(corpus.labelings.values_list("number", flat=True)) == [1, 1, 2, 2]
    third = factories.open_again(corpus, ["clip-1", "clip-2"])
    assert list(third.labelings.values_list("number", flat=True)) == [3]
    assert factories.labeling_of(corpus, third.labelings.get().clip.name).number == 3
    a.says("other")
    assert opening.run_opening(chosen, Silent()) == 2, "another's third labeling is no reason"
    assert sorted(corpus.labelings.values_list("number", flat=True)) == [1, 1, 2, 2, 3]


class StopsAfterTheFirst(Silent):
    """A run that is cut off after its first batch."""

    def report(self, done: int, total: int | None = None, message: Any = "") -> None:
        self.done = done

    def check(self) -> None:
        if self.done:
            raise Cancelled


def test_an_opening_that_is_cut_off_is_finished_by_the_next_run(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"clip-{n}" for n in range(5)]
    corpus, _ = unlabeled(clock, names)
    factories.clips(corpus, ["new-1", "new-2"])
    monkeypatch.setattr(opening, "BATCH", 2)
    chosen = choose(corpus, names=[*names, "new-1", "new-2"])
    with pytest.raises(Cancelled):
        opening.run_opening(chosen, StopsAfterTheFirst())
    assert chosen.labelings.count() == 2
    assert opening.run_opening(chosen, Silent()) == 7
    # In the stored random order, new ones and those opened again alike.
    by_ticket = Seat.objects.filter(labeling__opening=chosen).order_by("ticket")
    in_order = corpus.clips.order_by("shuffle", "pk").values_list("pk", flat=True)
    assert list(by_ticket.values_list("clip", flat=True)) == list(in_order)


def test_many_clips_are_chosen_and_opened_in_as_many_statements_as_few(clock: Clock) -> None:
    def statements(corpus: Corpus) -> int:
        clips = list(corpus.clips.values_list("pk", flat=True))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            opening.run_opening(choose(corpus, clips=clips), Silent())
        assert corpus.labelings.filter(number=2).count() == len(clips)
        return len(asked)

    few, _ = unlabeled(clock, ["clip-1"])
    many, _ = unlabeled(clock, [f"clip-{n}" for n in range(30)])
    assert statements(few) == statements(many)


def test_who_judged_the_first_labeling_labels_nothing_in_the_second(clock: Clock) -> None:
    corpus = factories.opened(
        emotion_votes=1, reliability_votes=1, relabel_rounds=0, valence_ratings=0
    )
    a, b = factories.annotators(corpus, 2, clock)
    a.says("anger")
    b.says("unreliable")
    factories.open_again(corpus)
    assert b.claim() == []
    assert b.nothing() == "other_side"
    a.says("worry")
    assert [screen.stage for screen in b.claim()] == ["reliability"]
    assert a.claim() == []


def test_which_labeling_is_the_latest_is_asked_row_by_row(db: None) -> None:
    """Planned as a join, it compares all with all where statistics are older than an opening."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT count(*) FROM annotation_labeling l WHERE {LATEST}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "SubPlan" in plan
    assert "Join" not in plan


def test_the_command_opens_again_what_a_file_names(
    clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = of_every_stage(clock)
    names = tmp_path / "names.txt"
    names.write_text("unlabeled\nlabeled\n")
    call_command("open_clips", corpus.slug, names=names, again=True)
    said = capsys.readouterr()
    assert f"opened 1 clips of {corpus.slug}\n1 of the named stay as they are" in said.out
    assert factories.labeling_of(corpus, "unlabeled").number == 2
    with pytest.raises(CommandError, match="opened again only by name"):
        call_command("open_clips", corpus.slug, all=True, again=True)


def test_the_recheck_finds_a_labeling_that_follows_what_did_not_end_unlabeled(
    clock: Clock,
) -> None:
    corpus, a = unlabeled(clock, ["clip-1", "clip-2"])
    a.claim()
    factories.open_again(corpus, ["clip-1", "clip-2"])
    assert [said for said in rechecking.recheck(corpus) if said] == []
    second = factories.labeling_of(corpus, "clip-2")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger looks
        cursor.execute("UPDATE annotation_labeling SET number = 4 WHERE id = %s", [second.pk])
        cursor.execute(
            """UPDATE annotation_labeling SET stage = 'labeled', reason = ''
            WHERE number = 1 AND clip_id <> %s""",
            [second.clip_id],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    told = [one for said in rechecking.recheck(corpus) for one in said]
    assert "clip clip-2, labeling 4: its number is 4, it should be 2" in told
    assert (
        "clip clip-1, labeling 2: it follows a labeling that stands at 'labeled', "
        "not at 'unlabeled'" in told
    )
    assert Labeling.objects.filter(corpus=corpus).count() == 4
