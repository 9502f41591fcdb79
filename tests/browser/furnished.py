"""A corpus in which every page has something to show, with names as long as they come."""

import io
from dataclasses import dataclass, replace
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from accounts import invitations
from accounts.actions import add_member, change_member
from accounts.links import reset_url
from accounts.models import User
from annotation import coordination
from annotation.exporting import run_export, start_export
from annotation.labelsets import Label, preset
from collection.models import Corpus
from jobs.progress import Silent
from tests import factories
from tests.factories import Annotator, Clock

SLUG = "long-names"
LONG = "第十二集_" + "很长的片段名" * 12 + "_00000012"
LONG_LATIN = "0123456789" * 11
CALM, TENSE = "平静而带着一点点难以察觉的疲惫", "紧张不安并且担心会有不好的事情发生"

CALM_ENGLISH = "Calm, with a hardly noticeable weariness"
TENSE_ENGLISH = "Tense, expecting something bad to happen"


@dataclass
class Furnished:
    """Who looks at what: each annotator's desk shows one stage."""

    corpus: Corpus
    coordinator: User
    administrator: User
    at_desk: dict[str, User]
    join: str
    reset: str


def labels() -> tuple[Label, ...]:
    """The paper's, two of them with names that do not fit anywhere."""
    long = {"neutral": (CALM, CALM_ENGLISH), "worry": (TENSE, TENSE_ENGLISH)}
    return tuple(
        replace(
            label,
            definition_zh=f"{label.name_zh}的定义",
            name_zh=long.get(label.code, (label.name_zh, ""))[0],
            name_en=long.get(label.code, ("", label.name_en))[1],
        )
        for label in preset("mer2023")
    )


def furnish(reel: Path, language: str) -> Furnished:
    corpus = factories.corpus(SLUG, labels=labels(), valence_ratings=3)
    corpus.name = "星期五电影里所有能够用来标注情绪的片段"
    corpus.save()
    said = io.StringIO()
    call_command("import_clips", SLUG, reel, stdout=said, stderr=io.StringIO())
    assert "refused" not in said.getvalue(), said.getvalue()
    named = [LONG, LONG_LATIN, "甲", "乙"]
    factories.clips(corpus, named, videos=dict.fromkeys(named, "长" * 60))
    clock = Clock(timezone.now())
    first = ["scene 2", "scene 3", *named[:3]]
    factories.open_clips(corpus, at=clock.tick(), names=first)

    people = [annotator(corpus, clock, f"标注员{place}") for place in range(6)]
    vote_on_all(people)
    factories.open_clips(corpus, at=clock.tick(), names=["scene 1"])
    coordinator = person("协调员", language)
    add_member(corpus=corpus, user=coordinator, role="coordinator")
    aside = factories.clip_of(corpus, "甲")
    coordination.set_aside(clip=aside, reason="看不清脸。", by=coordinator, at=clock.tick())

    at_desk: dict[str, User] = {}
    for stage in ("emotion", "reliability", "valence"):
        someone = add_member(corpus=corpus, user=person(stage, language), role="annotator")
        hold(corpus, someone.pk, stage)
        at_desk[stage] = someone.user
    hold(corpus, people[5].membership.pk, "emotion")
    people[5].skip(people[5].claim()[0], "other", "我认识他们。" * 10)
    _, join = invitations.invite(
        corpus=corpus, role="annotator", note="周二", invited_by=coordinator, at=timezone.now()
    )
    export = start_export(corpus=corpus, what="votes", format="csv", created_by=coordinator)
    run_export(export, Silent())
    administrator = person("管理员", language, site_administrator=True)
    reset = reset_url(at_desk["emotion"])
    return Furnished(corpus, coordinator, administrator, at_desk, path(join), path(reset))


def person(name: str, language: str, **options: bool) -> User:
    made = factories.person(name, **options)
    made.language, made.display_name = language, "很长的名字" * 5
    made.save()
    return made


def annotator(corpus: Corpus, clock: Clock, name: str) -> Annotator:
    return factories.annotator(corpus, clock, factories.person(name))


def vote_on_all(people: list[Annotator]) -> None:
    """scene 2 is tied, scene 3 waits for valence; one labeled, one unlabeled, one under way."""
    said: dict[str, str | tuple[str, ...]] = {
        "scene 2": ("neutral", "worry"),
        "scene 3": "happiness",
        LONG: "sadness",
        LONG_LATIN: "other",
    }
    for clip, labels in said.items():
        for one in people[:3]:
            one.vote(one.screen_of(clip), labels)
    for clip in ("scene 3", LONG):
        for one in people[4:6]:
            one.vote(one.screen_of(clip), "reliable")
    for one, valence in zip(people[:3], (-2, -3, -5), strict=True):
        one.vote(one.screen_of(LONG), valence)
    for one in people:
        for screen in one.screens():
            one.release(screen)


def hold(corpus: Corpus, membership: int, stage: str) -> None:
    change_member(
        corpus=corpus,
        membership_id=membership,
        at=timezone.now(),
        count_seats=lambda member: 0,
        stages=[stage],
    )


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]
