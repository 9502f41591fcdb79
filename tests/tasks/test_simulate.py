"""Made-up votes, the check of what is stored, and the demo corpus."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from annotation import demo
from annotation.labelsets import MER2023
from annotation.models import Labeling, LabelPair, Seat
from annotation.protocol import Rules, Stage
from annotation.rechecking import recheck
from annotation.replay import replay
from annotation.simulating import Simulation
from annotation.simulation import simulate
from collection.cartoon import labeled_cast, unopened_cast
from collection.models import Clip, Corpus
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories


def simulate_on(corpus: Corpus, **options: Any) -> str:
    given: dict[str, Any] = {"annotators": 8, "seed": 1, "at": timezone.now()} | options
    return simulate(corpus=corpus, progress=Silent(), **given).text


def differences(corpus: Corpus) -> list[str]:
    return [sentence for found in recheck(corpus) for sentence in found]


def test_about_sixty_percent_of_the_clips_become_reliable_and_every_way_out_occurs() -> None:
    labels = [label.code for label in MER2023]
    people = Simulation(Rules(), labels, [f"a{n}" for n in range(8)], Random(1), timezone.now())
    ends: Counter[str] = Counter()
    for number in range(4000):
        rows = people.votes(f"clip {number}", people.truth())
        played = replay(Rules(), f"clip {number}", rows)
        assert not played.faults
        ends[played.standing.reason or played.standing.stage.value] += 1
    assert 0.57 < ends["labeled"] / 4000 < 0.65
    assert {
        "no_majority",
        "other",
        "unjudgeable",
        "relabel_unreliable",
        "relabel_no_majority",
    } <= set(ends)


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_votes() -> None:
    found = []
    at = timezone.now()
    for _ in range(2):
        corpus = factories.corpus()
        simulate_on(corpus, clips=30, seed=7, at=at)
        seats = Seat.objects.filter(corpus=corpus, voted=True).order_by("clip__name", "id")
        found.append(
            list(seats.values_list("clip__name", "stage", "round", "number", "answered_at"))
        )
    assert found[0] == found[1]
    assert len(found[0]) > 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "numbers",
    [
        {},
        {"max_emotion_votes": 5},
        {"reliability_votes": 0, "valence_ratings": 0},
        {"labels_per_vote": 1, "relabel_rounds": 3, "valence_min": 1, "valence_max": 5},
    ],
    ids=str,
)
def test_simulated_clips_stand_as_their_votes_say_and_some_stay_open(
    numbers: dict[str, Any],
) -> None:
    corpus = factories.corpus(**numbers)
    simulate_on(corpus, clips=80, open_share=0.5)
    assert differences(corpus) == []
    stages = Counter(Labeling.objects.filter(corpus=corpus).values_list("stage", flat=True))
    assert stages["emotion"] > 5 and stages["unlabeled"] > 5
    assert Seat.objects.filter(corpus=corpus, annotator=None).exists()


@pytest.mark.django_db
def test_clips_that_the_corpus_has_come_first_and_asking_again_changes_nothing() -> None:
    corpus = factories.corpus()
    factories.clips(corpus, ["one", "sim_00000001"])
    assert simulate_on(corpus, clips=5).endswith("on 5 clips.")
    assert set(corpus.clips.values_list("name", flat=True)) == {
        "one",
        *(f"sim_{n:08}" for n in range(1, 5)),
    }
    assert simulate_on(corpus, clips=5).startswith("Nothing to simulate")
    assert Clip.objects.filter(corpus=corpus).count() == 5


@pytest.mark.django_db
def test_clips_that_were_opened_together_are_still_of_that_opening_once_they_have_votes() -> None:
    corpus = factories.opened(["one", "two"])
    opening = corpus.openings.get()
    simulate_on(corpus, clips=3)
    voted = Labeling.objects.filter(corpus=corpus, seats__voted=True).distinct()
    assert set(voted.values_list("clip__name", "opening")) == {
        ("one", opening.pk),
        ("two", opening.pk),
        ("sim_00000001", None),
    }


@pytest.mark.django_db
def test_a_corpus_that_holds_peoples_votes_is_left_alone() -> None:
    corpus = factories.opened(["one", "two"])
    factories.annotator(corpus, factories.Clock()).says("anger")
    with pytest.raises(Refusal, match="holds votes of people"):
        simulate_on(corpus)
    with pytest.raises(CommandError, match="holds votes of people"):
        call_command("simulate", corpus.slug)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"annotators": 5}, r"Take 6 or more"),
        ({"clips": 0}, "take 1 or more"),
        ({"open_share": 1.5}, "from 0 to 1"),
        ({}, "no clips"),
    ],
    ids=str,
)
def test_what_cannot_be_simulated_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        simulate_on(factories.corpus(), **options)


@pytest.fixture
def stored(db: None) -> Iterator[Corpus]:
    """A simulated corpus whose rules may be broken behind its back."""
    corpus = factories.corpus()
    simulate_on(corpus, clips=60, open_share=0.5)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")  # no triggers
        yield corpus
        cursor.execute("SET session_replication_role = DEFAULT")


def labelings(corpus: Corpus, stage: str) -> Any:
    return Labeling.objects.filter(corpus=corpus, stage=stage)


def waiting(corpus: Corpus) -> Any:
    return Seat.objects.filter(corpus=corpus, annotator=None)


BREAKS = {
    "stage": (
        lambda c: labelings(c, "valence").update(stage="reliability"),
        "stage is 'reliability', its votes give 'valence'",
    ),
    "round": (lambda c: labelings(c, "labeled").update(round=3), "round is 3, its votes give"),
    "reason": (
        lambda c: labelings(c, "unlabeled").update(reason="tired"),
        "reason is 'tired', its votes give 'no_majority'",
    ),
    "valence": (
        lambda c: labelings(c, "labeled").update(valence_sum=99),
        "valence is (99, 4), its votes give",
    ),
    "pairs": (
        lambda c: LabelPair.objects.filter(labeling__corpus=c).update(withdrawn_at=timezone.now()),
        "its pairs are none, its votes give",
    ),
    "a seat too few": (
        lambda c: waiting(c).filter(stage="valence").delete(),
        "0 seats wait for a vote in valence of round 1",
    ),
    "a seat too many": (
        lambda c: Seat.objects.create(
            labeling=labelings(c, "labeled")[0],
            clip=labelings(c, "labeled")[0].clip,
            corpus=c,
            round=1,
            stage="emotion",
            number=9,
            ticket=10_000,
        ),
        "1 seats wait for a vote in emotion of round 1, 0 should",
    ),
    "a vote lost": (
        lambda c: (
            Seat.objects.filter(corpus=c, stage=Stage.VALENCE, voted=True)[0]
            .valence_ratings.all()
            .delete()
        ),
        "is answered without a vote that counts",
    ),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_recheck_names_whatever_differs(kind: str, stored: Corpus) -> None:
    breaking, words = BREAKS[kind]
    assert differences(stored) == []
    breaking(stored)
    assert any(words in sentence for sentence in differences(stored)), differences(stored)
    with pytest.raises(SystemExit) as ended:
        call_command("recheck", stored.slug)
    assert ended.value.code == 1


@pytest.mark.django_db
def test_recheck_without_a_corpus_looks_at_all_of_them(capsys: Any) -> None:
    first, second = (factories.opened([f"clip of {n}"]) for n in range(2))
    call_command("recheck")
    said = capsys.readouterr().out
    for corpus in (first, second):
        assert f"{corpus.slug}: 0 of 1 labelings differ" in said


def test_the_demo_corpus_has_something_in_every_stage_for_somebody_who_comes(
    transactional_db: None, settings: Any, tmp_path: Path, capsys: Any
) -> None:
    settings.STATE_FOLDER = tmp_path / "state"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = factories.QUICK_HASH
    call_command("demo")
    said = capsys.readouterr().out
    corpus = Corpus.objects.get(slug="demo")
    assert corpus.clips.exclude(playable="").count() == 72
    assert corpus.labelings.count() == 54
    unopened = corpus.clips.filter(labelings=None)
    shown = unopened.exclude(examples=None).values_list("examples__emotion__code", flat=True)
    assert sorted(shown) == ["anger", "happiness", "neutral", "sadness", "surprise", "worry"]
    to_select_from = unopened.filter(examples=None).values_list("name", flat=True)
    assert set(to_select_from) == {one.name for one in unopened_cast(demo.CAST_SEED)}
    assert corpus.guidelines_en and corpus.guidelines_zh
    assert corpus.clips.exclude(content_warning="").filter(labelings__isnull=False).count() == 1
    assert differences(corpus) == []
    stages = Counter(corpus.labelings.values_list("stage", flat=True))
    assert all(stages[stage] >= demo.LEAST_PER_STAGE for stage in ("reliability", "valence"))
    assert stages["emotion"] >= 6 and stages["unlabeled"]
    trained_on = labeled_cast(demo.CAST_SEED)
    labeled = corpus.labelings.filter(clip__name__in=[member.name for member in trained_on])
    assert set(labeled.values_list("stage", flat=True)) == {"labeled"}
    assert labeled.filter(valence_count=4).count() == len(trained_on) < stages["labeled"]
    secret = tmp_path / "state/secrets/demo-password"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert f"with the password {secret.read_text().strip()}\n" in said

    before = (User.objects.count(), corpus.labelings.count(), corpus.openings.count())
    call_command("demo")
    assert (User.objects.count(), corpus.labelings.count(), corpus.openings.count()) == before

    ann = User.objects.get(username="demo-ann")
    assert ann.check_password(secret.read_text().strip())
    clock = factories.Clock(timezone.now())
    newcomer = factories.annotator(corpus, clock)
    seen = set()
    while screens := newcomer.claim():
        seen.add(screens[0].stage)
        answers: dict[str, Any] = {"emotion": "anger", "reliability": "reliable", "valence": -2}
        newcomer.vote(screens[0], *[answers[screens[0].stage] for _ in screens[0].seats])
    assert seen == {"emotion", "reliability", "valence"}

    call_command("demo", close=True)
    assert not any(User.objects.filter(username__in=demo.usernames(), is_active=True))
    call_command("demo", accounts=True)
    assert User.objects.filter(username__in=demo.usernames(), is_active=True).count() == 8
