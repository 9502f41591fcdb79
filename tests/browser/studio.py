"""A corpus that a baseline can be trained on: cartoons whose face, voice and words tell a class."""

import csv
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.core.management import call_command

from annotation.demo import simulate_all
from annotation.labelsets import preset
from collection.cartoon import CastMember, demo_cast, draw_clip, labeled_cast, unopened_cast
from collection.models import Corpus
from tests import factories, films
from tests.browser import scenes
from tests.browser.conftest import MAKES_README_PICTURES

SEED = 322  # of the faces, as the demo's
CLASSES = ("anger", "happiness", "neutral", "sadness")
SHORT = ("-t", "0.8", "-r", "10", "-vf", "scale=320:240")
OFFSET = 0.15  # s between the beginnings of two clips of a class


def cast() -> tuple[list[CastMember], list[CastMember]]:
    """Whose clips are labeled, and whose are not. All of the demo's where pictures are taken."""
    labeled, others = labeled_cast(SEED), demo_cast(SEED)
    if MAKES_README_PICTURES:
        return labeled, [*others, *unopened_cast(SEED)]
    return [one for one in labeled if one.emotion in CLASSES], [
        one for one in others if one.emotion in CLASSES
    ]


def make_films(folder: Path, members: list[CastMember]) -> None:
    """For pictures each clip is a cartoon of its own; else a piece of the one of its class."""
    if MAKES_README_PICTURES:
        scenes.make(folder, {one.name: one.emotion for one in members})
        return
    folder.mkdir()
    drawn = {
        code: draw_clip(code, SEED + place, folder / f".{code}.mp4")
        for place, code in enumerate(CLASSES)
    }
    before = dict.fromkeys(CLASSES, 0)
    commands = []
    for one in members:
        source, begin = drawn[one.emotion], before[one.emotion] * OFFSET
        before[one.emotion] += 1
        cut = ("-ss", f"{begin:.2f}", "-i", str(source), *SHORT, *films.H264, *films.AAC)
        commands.append((*cut, *films.FASTSTART, str(folder / f"{one.name}.mp4")))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda command: films.ffmpeg(*command), commands))


def make_plain_films(folder: Path, members: list[CastMember]) -> None:
    """The same as pictures; else whatever plays."""
    scenes.make(folder, {one.name: one.emotion for one in members})


def open_studio(
    folder: Path,
    slug: str,
    name: str,
    films_of: Callable[[Path, list[CastMember]], None] = make_films,
    **numbers: int,
) -> Corpus:
    """A corpus with all clips, their words and speakers; made-up people have labeled the first."""
    labeled, others = cast()
    films_of(folder, [*labeled, *others])
    manifest = folder / "clips.csv"
    with manifest.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(("name", "file", "transcript", "video", "speaker"))
        for one in (*labeled, *others):
            rows.writerow((one.name, f"{one.name}.mp4", one.transcript, one.video, one.speaker))
    corpus = factories.corpus(slug, labels=preset("mer2023"), **numbers)
    corpus.name = name
    corpus.save()
    with open(os.devnull, "w") as silence:
        call_command("import_clips", slug, manifest, stdout=silence, stderr=silence)
    simulate_all(corpus, labeled)
    return corpus
