"""Clips for the journeys: test pictures, or cartoons where README's pictures are taken."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.core.management import call_command

from annotation.labelsets import preset
from collection.cartoon import draw_clip
from collection.models import Corpus
from tests import factories, films
from tests.browser.conftest import MAKES_README_PICTURES

SEED = 2023040


def make(folder: Path, moods: dict[str, str]) -> Path:
    """A folder with a film of each name, as a cartoon in its mood. No two have the same content."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.mp4" for name in moods]
    if MAKES_README_PICTURES:
        seeds = range(SEED, SEED + len(paths))
        with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
            list(pool.map(draw_clip, moods.values(), seeds, paths))
        return folder
    first, *others = paths
    films.film(first, seconds=1)
    for path in others:
        title = f"title={path.stem}"
        films.ffmpeg(
            "-i", str(first), "-c", "copy", "-metadata", title, *films.FASTSTART, str(path)
        )
    return folder


def watch(page: Any, seconds: float, of: str = "video") -> None:
    """Where README's pictures are taken, people see that much of a clip before they answer."""
    if MAKES_README_PICTURES:
        seen = "([of, seconds]) => document.querySelector(of)?.currentTime > seconds"
        page.wait_for_function(seen, arg=[of, seconds])


def pause_at(page: Any, seconds: float) -> None:
    """For a picture: the clip stands where its mood shows, and the player has come to rest."""
    if MAKES_README_PICTURES:
        page.locator("video").evaluate("(video, at) => { video.currentTime = at }", seconds)
        page.wait_for_timeout(1500)


def corpus_of(folder: Path, slug: str, name: str, **numbers: int) -> Corpus:
    """A corpus with the paper's labels and these films, none of them open, made by command."""
    corpus = factories.corpus(slug, labels=preset("mer2023"), **numbers)
    corpus.name = name
    corpus.save()
    with open(os.devnull, "w") as silence:
        call_command("import_clips", slug, folder, stdout=silence, stderr=silence)
    return corpus
