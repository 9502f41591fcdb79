"""What became of the clips that a selection run has opened, told from their votes one by one."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from scipy.stats import binomtest  # type: ignore[import-untyped]

from accounts.models import User
from annotation import coordination
from annotation.export_rows import rows_of
from annotation.labelings import SEAT_ROWS, collect_votes, rules_of, seat_row
from annotation.models import Labeling
from annotation.protocol import Stage, standing
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.models import Job
from selection import batches, outcome, reliable, run_clips
from selection.models import RunClip, SelectionRun
from tests import chosen, factories
from tests.factories import Clock
from tests.tasks.test_selection_batches import open_batch

NAMES = [f"clip-{number:02}" for number in range(30)]


@pytest.fixture
def corpus(transactional_db: None, settings: Any, tmp_path: Path) -> Corpus:
    settings.TRAINING_ROOT = tmp_path / "training"
    made = factories.corpus("films", emotion_votes=2, max_emotion_votes=3, valence_ratings=3)
    factories.clips(made, NAMES)
    for number, name in enumerate(Random(0).sample(NAMES, len(NAMES))):
        made.clips.filter(name=name).update(shuffle=number)  # as if drawn; the same each time
    return made


@pytest.fixture
def run(corpus: Corpus, root: User) -> SelectionRun:
    return chosen.chosen(chosen.scoring(corpus, NAMES), root, eta=0.1)


def labeled_by_people(run: SelectionRun, seed: int, votes: int) -> None:
    """Of half of the clips people see what is predicted, and vote so more often than not."""
    rng = Random(seed)
    people = factories.annotators(run.corpus, 7, Clock(timezone.now() - timedelta(days=1)))
    codes = [each.code for each in run.classes.all()]
    predicted = {row.clip.name: codes[row.position] for row in run.clips.select_related("clip")}
    for _ in range(votes):
        person = rng.choice(people)
        screens = person.claim()
        if not screens:
            continue
        screen = screens[0]
        number = int(screen.clip_name[-2:])
        truth = {0: "worry", 1: "other"}.get(number % 4, predicted[screen.clip_name])
        by_stage: dict[str, list[Any]] = {
            "emotion": [truth] * 6 + ["other", "sadness"],
            "reliability": ["reliable"] * 5 + ["unreliable"],
            "valence": [-4, 0, 3],
        }
        said = [rng.choice(by_stage[screen.stage]) for _ in screen.seats]
        person.vote(screen, *said)


@pytest.fixture
def followed(run: SelectionRun, root: User) -> SelectionRun:
    """Two batches on their way; some clips at each stage, two set aside, one opened once more."""
    open_batch(run, root, 9)
    open_batch(run, root, 6)
    labeled_by_people(run, seed=2, votes=85)
    at = timezone.now()
    for stage in (Stage.VALENCE, Stage.RELIABILITY, Stage.EMOTION):
        labeling = Labeling.objects.filter(stage=stage).order_by("pk").first()
        if labeling is not None:
            coordination.set_aside(clip=labeling.clip, reason="!", by=root, at=at)
    ended = Labeling.objects.filter(stage=Stage.UNLABELED).select_related("clip").first()
    assert ended is not None
    factories.open_again(run.corpus, [ended.clip.name])
    return run


def slowly(run: SelectionRun) -> list[dict[str, Any]]:
    """What became of each opened clip, from its votes by the protocol's own walk."""
    told = []
    rules = rules_of(run.corpus)
    codes = [each.code for each in run.classes.all()]
    for batch in run.batches.all():
        for labeling in Labeling.objects.filter(opening=batch.opening):
            with connection.cursor() as cursor:
                cursor.execute(SEAT_ROWS + " WHERE s.labeling_id = %s", [labeling.pk])
                votes = collect_votes([seat_row(row) for row in cursor.fetchall()])
            found = standing(rules, votes)
            row = RunClip.objects.get(run=run, clip=labeling.clip_id)
            aside = labeling.stage == Stage.SET_ASIDE
            stages = {place[1] for place in found.reached}
            labels = found.labels if found.stage == Stage.LABELED and not aside else ()
            told.append(
                {
                    "clip": labeling.clip_id,
                    "code": codes[row.position],
                    "confidence": row.confidence,
                    "stage": "set_aside" if aside else found.stage.value,
                    "reason": "" if aside else found.reason,
                    "agreed": Stage.RELIABILITY in stages,
                    "reliable": Stage.VALENCE in stages,
                    "labels": list(labels),
                    "right": codes[row.position] in labels,
                }
            )
    return told


def counted(rows: list[dict[str, Any]], **alike: Any) -> int:
    return sum(all(row[name] == value for name, value in alike.items()) for row in rows)


def test_the_outcome_is_what_the_votes_say_clip_by_clip(followed: SelectionRun) -> None:
    rows = slowly(followed)
    told = outcome.outcome(followed)
    assert told["opened"] == len(rows) == 15
    assert told["gates"] == {
        stage: counted(rows, stage=stage)
        for stage in ("emotion", "reliability", "valence", "labeled", "unlabeled", "set_aside")
    }
    assert told["agreed"] == counted(rows, agreed=True)
    assert told["reliable"] == counted(rows, reliable=True)
    assert told["labeled"] == told["judged"] == counted(rows, stage="labeled")
    assert told["right"] == counted(rows, right=True)
    reasons = Counter(row["reason"] for row in rows if row["reason"])
    assert {each["reason"]: each["clips"] for each in told["unlabeled_reasons"]} == reasons
    # What the test is about has happened.
    assert 0 < told["right"] < told["labeled"] < told["reliable"] < told["agreed"] < 15

    assert min(told["gates"].values()) > 0
    check_classes(told, rows)
    check_calibration(told, [row for row in rows if row["stage"] == "labeled"])


def check_classes(told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Of each predicted class, what became of its clips."""
    for own in told["by_class"]:
        mine = [row for row in rows if row["code"] == own["code"]]
        assert own["opened"] == len(mine)
        for name in ("agreed", "reliable", "right"):
            assert own[name] == counted(mine, **{name: True})
        for stage in ("labeled", "unlabeled"):
            assert own[stage] == counted(mine, stage=stage)
        became = Counter(row["labels"][0] for row in mine if row["labels"])
        assert {each["code"]: each["clips"] for each in own["became"]} == became
        clips = [each["clips"] for each in own["became"]]
        assert clips == sorted(clips, reverse=True)


def check_calibration(told: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Of labeled clips, in bins of a tenth."""
    bins = told["calibration"]
    assert [(b["low"], b["high"]) for b in bins] == [(n / 10, (n + 1) / 10) for n in range(10)]
    for n, found in enumerate(bins):
        high = (n + 1) / 10 if n < 9 else 2.0  # the last one has its upper limit in it
        mine = [row for row in rows if n / 10 <= row["confidence"] < high]
        assert (found["clips"], found["right"]) == (len(mine), counted(mine, right=True))
        if mine:
            mean = sum(row["confidence"] for row in mine) / len(mine)
            assert found["confidence"] == pytest.approx(mean)
            assert found["accuracy"] == found["right"] / len(mine)
            interval = binomtest(found["right"], len(mine)).proportion_ci(method="wilson")
            assert (found["lowest"], found["highest"]) == pytest.approx(tuple(interval))
        else:
            nothing = ("confidence", "accuracy", "lowest", "highest")
            assert [found[name] for name in nothing] == [None] * 4
    assert sum(found["clips"] for found in bins) == len(rows) > 0


@pytest.mark.parametrize(
    ("right", "clips"), [(0, 1), (1, 1), (3, 7), (50, 50), (0, 834), (700, 834)]
)
def test_the_interval_is_wilsons(right: int, clips: int) -> None:
    expected = binomtest(right, clips).proportion_ci(confidence_level=0.95, method="wilson")
    assert outcome.wilson(right, clips) == pytest.approx(tuple(expected), abs=1e-12)


def test_what_others_open_later_changes_nothing_of_a_runs_outcome(
    run: SelectionRun, root: User
) -> None:
    def two_say(emotion: str) -> None:
        for person in factories.annotators(run.corpus, 2, Clock(timezone.now())):
            person.says(emotion)

    batch = open_batch(run, root, 1)
    (clip,) = batch.clips.values_list("clip__name", flat=True)
    two_say("other")
    before = outcome.outcome(run)
    assert before["unlabeled_reasons"] == [{"reason": "other", "clips": 1}]
    factories.open_again(run.corpus, [clip])
    two_say("anger")
    assert factories.labeling_of(run.corpus, clip).stage == Stage.RELIABILITY
    assert outcome.outcome(run) == before
    _, (listed,) = run_clips.page_of(run, run_clips.Where(state="unlabeled"))
    assert (listed["name"], listed["reason"]) == (clip, "other")


def test_nothing_opened_is_nothing_at_each_gate(run: SelectionRun) -> None:
    told = outcome.outcome(run)
    assert (told["opened"], told["judged"], set(told["gates"].values())) == (0, 0, {0})
    assert [own["opened"] for own in told["by_class"]] == [0, 0, 0]
    assert {found["clips"] for found in told["calibration"]} == {0}


def test_the_list_shows_what_became_of_each_clip(followed: SelectionRun) -> None:
    rows = {row["clip"]: row for row in slowly(followed)}
    check_filters_and_orders(followed, rows)
    count, shown = run_clips.page_of(followed, run_clips.Where())
    assert count == len(shown) == followed.selected
    assert run_clips.page_of(followed, run_clips.Where(), page=2) == (count, [])
    assert [row["confidence"] for row in shown] == sorted(
        (row["confidence"] for row in shown), reverse=True
    )
    for row in shown:
        own = rows.get(row["id"])
        if own is None:
            assert (row["batch"], row["stage"], row["labels"], row["right"]) == (None,) * 4
            continue
        assert row["batch"] in (1, 2)
        assert (row["predicted"], row["stage"]) == (own["code"], own["stage"])
        assert (row["reason"] or "") == own["reason"]
        labeled = own["stage"] == "labeled"
        assert row["labels"] == (own["labels"] if labeled else None)
        assert row["right"] == (own["right"] if labeled else None)


def check_filters_and_orders(followed: SelectionRun, rows: dict[int, dict[str, Any]]) -> None:
    names = dict(followed.clips.values_list("clip_id", "clip__name"))
    picked = dict(followed.clips.values_list("clip_id", "chosen"))
    codes = [each.code for each in followed.classes.all()]
    places = dict(followed.clips.values_list("clip_id", "position"))
    sure = dict(followed.clips.values_list("clip_id", "confidence"))

    def ids(order: str = "-confidence", **where: Any) -> list[int]:
        count, found = run_clips.page_of(followed, run_clips.Where(**where), order=order)
        assert count == len(found)
        return [row["id"] for row in found]

    mine = [clip for clip, chosen in picked.items() if chosen]
    open_stages = ("emotion", "reliability", "valence")
    by_state = defaultdict(set)
    for clip in mine:
        stage = rows[clip]["stage"] if clip in rows else "waiting"
        by_state["open" if stage in open_stages else stage].add(clip)
    for state in ("waiting", "open", "labeled", "unlabeled", "set_aside"):
        assert set(ids(state=state)) == by_state[state] != set()
    labeled = by_state["labeled"]
    assert set(ids(right=True)) == {clip for clip in labeled if rows[clip]["right"]}
    assert set(ids(right=False)) == {clip for clip in labeled if not rows[clip]["right"]}
    assert set(ids(chosen=False)) == set(picked) - set(mine) != set()
    assert set(ids(code=codes[1])) == {clip for clip in mine if places[clip] == 1}
    assert set(ids(search="CLIP-1")) == {clip for clip in mine if names[clip][5] == "1"}
    assert ids(search="%") == []
    assert ids(state="labeled", right=True, code=codes[0], search="clip") == [
        clip for clip in ids(right=True) if places[clip] == 0
    ]
    keys: dict[str, Callable[[int], Any]] = {
        "confidence": lambda clip: (sure[clip], clip),
        "-confidence": lambda clip: (-sure[clip], clip),
        "name": lambda clip: names[clip],
        "class": lambda clip: (places[clip], -sure[clip], clip),
    }
    for order, key in keys.items():
        assert ids(order) == sorted(mine, key=key)
    assert ids("-name") == sorted(mine, key=lambda clip: names[clip], reverse=True)
    with pytest.raises(Refusal, match="joy"):
        ids(code="joy")


def test_the_reliable_clips_are_those_of_the_export_that_the_run_has_opened(
    followed: SelectionRun,
) -> None:
    rows = list(csv.DictReader(io.StringIO(reliable.text_of(followed))))
    exported = {row[0]: row for row in rows_of(followed.corpus, "reliable")}
    said = {row["clip"]: row for row in slowly(followed)}
    names = dict(followed.clips.values_list("clip__name", "clip_id"))
    labeled = [name for name, clip in names.items() if said.get(clip, {}).get("labels")]
    assert [row["name"] for row in rows] == sorted(labeled)
    for row in rows:
        name, discrete, valence, labels, *_ = exported[row["name"]]
        assert (row["discrete"] or None, row["labels"]) == (discrete, ";".join(labels))
        assert float(row["valence"]) == valence
        own = said[names[name]]
        assert (row["predicted"], float(row["confidence"])) == (own["code"], own["confidence"])


def test_what_the_runs_page_asks_does_not_grow_with_the_run(
    followed: SelectionRun, root: User
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            waiting = batches.waiting(followed)
            batches.warnings(followed, waiting)
            list(batches.listed(followed))
            outcome.outcome(followed)
            run_clips.page_of(followed, run_clips.Where())
        return len(asked)

    before = queries()
    open_batch(followed, root, 1)
    open_batch(followed, root, 5)
    assert queries() == before <= 14
    assert Job.objects.filter(kind="open_clips").count() == 4
