"""Votes out and in again: a file of counted votes gives every clip the standing it had."""

import csv
import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from annotation import coordination
from annotation.ballots import Manner
from annotation.exporting import write_export
from annotation.models import EmotionVote, Labeling, ReliabilityVote, Seat, ValenceRating
from annotation.protocol import Stage
from annotation.rechecking import recheck
from annotation.simulation import simulate
from annotation.vote_import import Allowed, import_votes
from collection.models import Clip, Corpus
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories

EVERYTHING = Allowed(create_clips=True, create_annotators=True)
NUMBERS: list[dict[str, Any]] = [
    {},
    {"max_emotion_votes": 5},
    {"emotion_votes": 2, "max_emotion_votes": 4, "reliability_votes": 1, "valence_ratings": 3},
    {"labels_per_vote": 1, "relabel_rounds": 2, "valence_ratings": 0},
    {"emotion_votes": 1, "max_emotion_votes": 1, "relabel_rounds": 0, "valence_ratings": 3},
    {"reliability_votes": 0, "valence_ratings": 3},
]
CLIPS = [f"clip {n}, “{n}”" for n in range(6)]
WRITTEN = ["", "", "两张脸，“真的”", 'a "b";\r\nc\td,', "5"]


class People:
    """Annotators and a coordinator who do whatever comes to their mind."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self.corpus = corpus
        self.rng = Random(seed)
        self.clock = factories.Clock()
        self.annotators = factories.annotators(corpus, 9, self.clock)
        self.coordinator: User = factories.coordinator(corpus)

    def work(self, steps: int) -> None:
        for _ in range(steps):
            deed = self.rng.choices(
                [self.vote, self.undo, self.skip, self.release, self.void], [40, 4, 1, 2, 2]
            )[0]
            deed()

    def vote(self) -> None:
        who = self.rng.choice(self.annotators)
        if screens := who.claim():
            said = [self.answer(screens[0].stage) for _ in screens[0].seats]
            manner = Manner(self.rng.randint(0, 9000), self.plays(), self.rng.choice(WRITTEN))
            who.vote(screens[0], *said, manner=manner)

    def plays(self) -> int | None:
        return self.rng.choice([None, 0, 1, 7])

    def answer(self, stage: str) -> Any:
        rng = self.rng
        if stage == "reliability":
            return rng.choices(["reliable", "unreliable", "unjudgeable"], [8, 2, 1])[0]
        if stage == "valence":
            return rng.randint(-5, 5)
        label = rng.choices(["anger", "worry", "sadness", "other"], [8, 3, 1, 1])[0]
        if self.corpus.labels_per_vote == 2 and label != "other" and rng.random() < 0.5:
            return (label, rng.choice([x for x in ("anger", "worry", "sadness") if x != label]))
        return label

    def undo(self) -> None:
        who = self.rng.choice(self.annotators)
        if who.shown:
            with suppress(Refusal):  # too late for it
                who.undo(who.shown[-1])

    def skip(self) -> None:
        who = self.rng.choice(self.annotators)
        if screens := who.claim():
            who.skip(screens[0])

    def release(self) -> None:
        who = self.rng.choice(self.annotators)
        if screens := who.claim():
            who.release(screens[0])

    def void(self) -> None:
        labeling = factories.labeling_of(self.corpus, self.rng.choice(CLIPS))
        votes = [
            (stage, vote)
            for stage, model in VOTES.items()
            for vote in model.objects.filter(
                seat__labeling=labeling, superseded_at=None, void=None
            ).values_list("pk", flat=True)
        ]
        if votes:
            coordination.void_votes(
                clip=labeling.clip,
                votes=[self.rng.choice(sorted(votes))],
                reason="asleep",
                by=self.coordinator,
                at=self.clock.tick(),
            )


VOTES: dict[Stage, Any] = {
    Stage.EMOTION: EmotionVote,
    Stage.RELIABILITY: ReliabilityVote,
    Stage.VALENCE: ValenceRating,
}


def standings(corpus: Corpus) -> dict[str, Any]:
    """All that votes lead to, for every clip with a vote that counts."""
    found = {}
    for labeling in Labeling.objects.filter(corpus=corpus).select_related("clip"):
        seats = Seat.objects.filter(labeling=labeling, closed=None).select_related("pair__emotion")
        waiting = Counter(
            (seat.round, seat.stage, seat.pair.emotion.code if seat.pair else None)
            for seat in seats
            if seat.answered_at is None
        )
        found[labeling.clip.name] = {
            "stage": labeling.stage,
            "round": labeling.round,
            "reason": labeling.reason,
            "valence": (labeling.valence_sum, labeling.valence_count),
            "pairs": sorted(
                labeling.pairs.filter(withdrawn_at=None).values_list(
                    "round", "rank", "emotion__code"
                )
            ),
            "waiting": dict(waiting),
        }
    return found


def exported(corpus: Corpus, what: str, to: Path, **options: Any) -> list[dict[str, str]]:
    write_export(corpus=corpus, what=what, to=to, progress=Silent(), **options)
    with to.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def imported(corpus: Corpus, path: Path, allowed: Allowed = EVERYTHING) -> str:
    return import_votes(
        corpus=corpus, path=path, name=path.name, allowed=allowed, progress=Silent()
    ).text


def differences(corpus: Corpus) -> list[str]:
    return [sentence for found in recheck(corpus) for sentence in found]


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", NUMBERS, ids=str)
@pytest.mark.parametrize(("seed", "ending"), [(1, "csv"), (2, "jsonl")])
def test_importing_votes_gives_what_casting_them_one_by_one_gave(
    numbers: dict[str, Any], seed: int, ending: str, tmp_path: Path
) -> None:
    cast = factories.opened(CLIPS, **numbers)
    People(cast, seed).work(220)
    assert differences(cast) == []
    file = tmp_path / f"votes.{ending}"
    write_export(corpus=cast, what="votes", to=file, progress=Silent())
    again = factories.corpus(**numbers)
    imported(again, file)
    assert differences(again) == []
    voted = {row["clip"] for row in exported(cast, "votes", tmp_path / "v.csv")}
    assert standings(again) == {
        name: standing for name, standing in standings(cast).items() if name in voted
    }
    assert exported(again, "votes", tmp_path / "w.csv") == exported(
        cast, "votes", tmp_path / "v.csv"
    )
    assert (tmp_path / "w.csv").read_bytes() == (tmp_path / "v.csv").read_bytes()
    written = [row["note"] for row in exported(again, "votes", tmp_path / "w.csv")]
    assert len(set(written)) > 2
    clips = {row["name"]: row for row in exported(cast, "clips", tmp_path / "c.csv")}
    for row in exported(again, "clips", tmp_path / "d.csv"):
        assert row == clips[row["name"]]


@pytest.mark.django_db
def test_rows_come_in_any_order(tmp_path: Path) -> None:
    cast = factories.corpus()
    simulate_on(cast, clips=40, open_share=0.5)
    first = tmp_path / "votes.csv"
    write_export(corpus=cast, what="votes", to=first, progress=Silent())
    heading, *rows = first.read_text().splitlines()
    Random(5).shuffle(rows)
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join([heading, *rows]) + "\n")
    again = factories.corpus()
    imported(again, shuffled)
    assert exported(again, "votes", tmp_path / "again.csv") == exported(cast, "votes", first)


@pytest.mark.django_db
def test_people_go_on_where_imported_votes_end(tmp_path: Path) -> None:
    simulated = factories.corpus()
    simulate_on(simulated, clips=30, open_share=1.0)
    file = tmp_path / "votes.csv"
    write_export(corpus=simulated, what="votes", to=file, progress=Silent())
    again = factories.corpus()
    imported(again, file)
    clock = factories.Clock(timezone.now())
    for who in factories.annotators(again, 12, clock):
        while screens := who.claim():
            answers: dict[str, Any] = {"emotion": "anger", "reliability": "reliable", "valence": -2}
            who.vote(screens[0], *[answers[screens[0].stage] for _ in screens[0].seats])
    assert differences(again) == []
    stages = Counter(row["stage"] for row in exported(again, "clips", tmp_path / "c.csv"))
    assert set(stages) <= {"labeled", "unlabeled"}, stages


@pytest.mark.django_db
def test_times_and_pseudonyms_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    file.write_text(
        "clip,stage,round,annotator,emotion,response_ms,cast_at\n"
        "one,emotion,1,林夏,anger,,2021-03-04T05:06:07.089+08:00\n"
        "one,emotion,1,B,worry,12,2021-03-04T05:06:07\n"
    )
    corpus = factories.corpus()
    imported(corpus, file)
    rows = exported(corpus, "votes", tmp_path / "out.csv")
    assert [(row["annotator"], row["response_ms"], row["cast_at"]) for row in rows] == [
        ("林夏", "", "2021-03-03T21:06:07.089000Z"),
        ("B", "12", "2021-03-04T05:06:07.000000Z"),
    ]
    user = User.objects.get(memberships__corpus=corpus, memberships__pseudonym="B")
    assert not user.has_usable_password()


@pytest.mark.django_db
def test_members_are_known_by_pseudonym_or_username_and_nobody_else_is_taken_for_one(
    tmp_path: Path,
) -> None:
    corpus = factories.corpus()
    member = factories.annotator(corpus, factories.Clock())
    stranger = factories.person("B")
    file = tmp_path / "votes.csv"
    file.write_text(
        "clip,stage,round,annotator,emotion,cast_at\n"
        f"one,emotion,1,{member.membership.user.username.upper()},anger,2021-03-04\n"
        "one,emotion,1,B,anger,2021-03-04\n"
    )
    imported(corpus, file)
    rows = exported(corpus, "votes", tmp_path / "out.csv")
    assert {row["annotator"] for row in rows} == {member.membership.pseudonym, "B"}
    assert not stranger.memberships.exists()
    names = exported(corpus, "votes", tmp_path / "names.csv", with_names=True)
    assert {row["annotator"] for row in names} == {
        member.membership.user.username,
        f"{corpus.slug}-B",
    }


@pytest.mark.django_db
def test_opened_clips_that_nobody_has_begun_with_take_votes(tmp_path: Path) -> None:
    corpus = factories.opened(["one", "two"])
    file = tmp_path / "votes.csv"
    file.write_text(
        "clip,stage,round,annotator,emotion,cast_at\none,emotion,1,A,anger,2021-03-04\n"
    )
    imported(corpus, file)
    assert differences(corpus) == []
    assert Seat.objects.filter(corpus=corpus, annotator=None).count() == 5


@pytest.mark.django_db
def test_seats_from_file_gives_a_clip_as_many_emotion_seats_as_it_has_votes(
    tmp_path: Path,
) -> None:
    rows = [
        f"five,emotion,1,A{n},{e},2021-03-04" for n, e in enumerate(["anger"] * 3 + ["worry"] * 2)
    ]
    rows += ["one,emotion,1,A1,sadness,2021-03-04"]
    file = tmp_path / "votes.csv"
    file.write_text("\n".join(["clip,stage,round,annotator,emotion,cast_at", *rows]))
    corpus = factories.corpus()
    imported(corpus, file, Allowed(True, True, seats_from_file=True))
    assert differences(corpus) == []
    found = {name: (s["stage"], s["waiting"]) for name, s in standings(corpus).items()}
    assert found == {
        "five": ("reliability", {(1, "reliability", "anger"): 2}),
        "one": ("reliability", {(1, "reliability", "sadness"): 2}),
    }


@pytest.mark.django_db
def test_all_votes_are_exported_marked_and_counted_ones_alone_by_default(tmp_path: Path) -> None:
    corpus = factories.opened(["one"])
    clock = factories.Clock()
    first, second, third, judge = factories.annotators(corpus, 4, clock)
    screen = first.says("worry")
    first.undo(screen)
    for who in (first, second, third):
        who.says("anger")
    judge.says("reliable")
    coordination.void_votes(
        clip=factories.clip_of(corpus, "one"),
        votes=[(Stage.EMOTION, EmotionVote.objects.get(seat__annotator=third.id).pk)],
        reason="asleep",
        by=factories.coordinator(corpus),
        at=clock.tick(),
    )
    rows = exported(corpus, "votes", tmp_path / "all.csv", all_votes=True)
    assert [(row["emotion"], row["status"]) for row in rows] == [
        ("worry", "superseded"),
        ("anger", "counted"),
        ("anger", "counted"),
        ("anger", "voided"),
        ("anger", "waiting"),
    ]
    assert len(exported(corpus, "votes", tmp_path / "counted.csv")) == 2


@pytest.mark.django_db
def test_votes_from_before_a_clip_was_opened_again_are_exported_with_all_votes(
    tmp_path: Path,
) -> None:
    corpus = factories.opened(
        ["one", "two"], emotion_votes=1, reliability_votes=0, valence_ratings=0
    )
    first, second = factories.annotators(corpus, 2, factories.Clock())
    for _ in range(2):
        first.says("other")
    factories.open_again(corpus, ["one", "two"])
    assert exported(corpus, "votes", tmp_path / "none.csv") == [], "the new labelings have none yet"
    second.vote(second.screen_of("one"), "anger")
    (row,) = exported(corpus, "votes", tmp_path / "counted.csv")
    assert (row["clip"], row["emotion"], "labeling" in row) == ("one", "anger", False)
    rows = exported(corpus, "votes", tmp_path / "all.csv", all_votes=True)
    assert [(row["clip"], row["labeling"], row["emotion"], row["status"]) for row in rows] == [
        ("one", "1", "other", "earlier"),
        ("one", "2", "anger", "counted"),
        ("two", "1", "other", "earlier"),
    ]
    again = factories.corpus(emotion_votes=1, reliability_votes=0, valence_ratings=0)
    imported(again, tmp_path / "counted.csv")
    assert [(each.number, each.stage) for each in again.labelings.all()] == [(1, "labeled")]


@pytest.mark.django_db
def test_exports_say_what_the_issue_of_a_clip_is(tmp_path: Path) -> None:
    corpus = factories.corpus(valence_ratings=4)
    factories.clips(corpus, ["unopened"])
    rows = []
    for clip, labels in {
        "tied": ["anger;worry", "worry;anger", "sadness"],
        "clear": ["anger", "anger;worry", "sadness"],
        "none": ["anger", "worry", "sadness"],
        "special": ["other", "other", "sadness"],
        "begun": ["anger"],
    }.items():
        for n, label in enumerate(labels):
            first, _, second = label.partition(";")
            rows.append(f"{clip},emotion,1,A{n},{first},{second},,,2021-03-04")
        for n in range(2) if clip in ("tied", "clear") else ():
            for label in ("anger", "worry") if clip == "tied" else ("anger",):
                rows.append(f"{clip},reliability,1,B{n},{label},,reliable,,2021-03-05")
        for n in range(4) if clip in ("tied", "clear") else ():
            rows.append(f"{clip},valence,1,A{n},,,,{n - 4},2021-03-06")
    heading = "clip,stage,round,annotator,emotion,second_emotion,reliability,valence,cast_at"
    file = tmp_path / "votes.csv"
    file.write_text("\n".join([heading, *rows]))
    imported(corpus, file)
    reliable = exported(corpus, "reliable", tmp_path / "r.csv")
    assert list(reliable[0])[:3] == ["name", "discrete", "valence"]
    assert [(r["name"], r["discrete"], r["valence"], r["labels"]) for r in reliable] == [
        ("clear", "anger", "-2.5", "anger"),
        ("tied", "", "-2.5", "anger;worry"),
    ]
    assert reliable[0]["label_votes"] == "anger:2;sadness:1;worry:1"
    assert [list(r.values()) for r in exported(corpus, "unlabeled", tmp_path / "u.csv")] == [
        ["none", "no_majority"],
        ["special", "other"],
    ]
    clips = exported(corpus, "clips", tmp_path / "c.csv")
    assert list(clips[0])[:6] == ["name", "stage", "round", "labels", "valence", "reason"]
    assert [(r["name"], r["stage"], r["round"], r["labels"]) for r in clips] == [
        ("begun", "emotion", "1", ""),
        ("clear", "labeled", "1", "anger"),
        ("none", "unlabeled", "1", ""),
        ("special", "unlabeled", "1", ""),
        ("tied", "labeled", "1", "anger;worry"),
        ("unopened", "unopened", "", ""),
    ]
    lines = tmp_path / "r.jsonl"
    write_export(corpus=corpus, what="reliable", to=lines, progress=Silent())
    first = json.loads(lines.read_text().splitlines()[0])
    assert (first["discrete"], first["valence"], first["labels"]) == ("anger", -2.5, ["anger"])


@pytest.mark.django_db
def test_a_clip_that_was_set_aside_is_exported_with_its_reason(tmp_path: Path) -> None:
    corpus = factories.opened(["one"])
    clip, by = factories.clip_of(corpus, "one"), factories.coordinator(corpus)
    coordination.set_aside(clip=clip, reason="two faces", by=by, at=factories.NOON)
    (row,) = exported(corpus, "clips", tmp_path / "c.csv")
    assert (row["stage"], row["reason"]) == ("set_aside", "two faces")
    assert differences(corpus) == []
    coordination.restore(clip=clip, by=by, at=factories.NOON)
    (row,) = exported(corpus, "clips", tmp_path / "c.csv")
    assert (row["stage"], row["reason"]) == ("emotion", "")
    assert differences(corpus) == []


@pytest.mark.django_db
def test_labelings_with_seats_of_their_own_number_come_in_again_with_seats_from_file(
    tmp_path: Path,
) -> None:
    heading = "clip,stage,round,annotator,emotion,cast_at"
    rows = [
        f"{clip},emotion,1,A{n},{label},2021-03-04"
        for clip, labels in {"five": "aabba", "four": "aabb", "seven": "aaaabbb"}.items()
        for n, label in enumerate({"a": "anger", "b": "worry"}[x] for x in labels)
    ]
    rows += [f"five,reliability,1,B{n},anger,2021-03-04" for n in range(2)]
    rows = [row + (",reliable" if "reliability" in row else ",") for row in rows]
    file, second = tmp_path / "votes.csv", tmp_path / "second.csv"
    file.write_text("\n".join([heading + ",reliability", *rows]))
    first, again = factories.corpus(), factories.corpus()
    allowed = Allowed(True, True, seats_from_file=True)
    imported(first, file, allowed)
    write_export(corpus=first, what="votes", to=second, progress=Silent())
    imported(again, second, allowed)
    assert standings(first) == standings(again)
    assert {name: s["stage"] for name, s in standings(first).items()} == {
        "five": "valence",
        "four": "unlabeled",
        "seven": "reliability",
    }
    with pytest.raises(Refusal, match="vote 4 in emotion of round 1, where 3 are asked"):
        imported(factories.corpus(), second)


@pytest.mark.django_db
def test_texts_come_out_as_they_went_in(tmp_path: Path) -> None:
    corpus = factories.corpus()
    odd = ["=1+1", "@risk", 'with "quotes", commas', "+名字", "-dash"]
    factories.clips(corpus, odd)
    Clip.objects.filter(corpus=corpus, name="-dash").update(transcript='a\rb\nc,"d" é')
    rows = exported(corpus, "clips", tmp_path / "c.csv")
    assert {row["name"] for row in rows} == set(odd)
    assert {row["transcript"] for row in rows} == {"", 'a\rb\nc,"d" é'}


def simulate_on(corpus: Corpus, **options: Any) -> None:
    simulate(corpus=corpus, annotators=8, seed=4, at=timezone.now(), progress=Silent(), **options)
