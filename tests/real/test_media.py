"""Films that nobody here made."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collection import actions
from collection.importing import run_import
from collection.manifest import entries_of_folder
from collection.models import Corpus, ImportedFile
from collection.playable import plays_as_it_is
from collection.probing import probe
from collection.storage import media_path
from jobs.progress import Silent
from tests.films import cut

PLAYS = {"mdn_friday/friday.mp4", "pyfeat/WolfgangLanger_Pexels.mp4"}
PLAYS |= {"ravdess_dmmh/01-01-01-01-01-01-01.mp4"}


@pytest.fixture
def importing(transactional_db: None, settings: Any, tmp_path: Path) -> Callable[[Path], Corpus]:
    settings.MEDIA_ROOT = tmp_path / "media"

    def run(folder: Path) -> Corpus:
        corpus, _ = Corpus.objects.get_or_create(slug="films", name="Films")
        clip_import = actions.create_import(corpus=corpus, created_by=None)
        entries = entries_of_folder(folder)
        run_import(clip_import=clip_import, entries=entries, progress=Silent())
        return corpus

    return run


def outcomes() -> dict[str, str]:
    return dict(ImportedFile.objects.values_list("name", "outcome"))


def test_lengths_and_pictures_are_those_measured_elsewhere(real_data: Path) -> None:
    expected = json.loads((real_data / "expected" / "media.json").read_text())
    films = {
        name: facts
        for name, facts in expected.items()
        if any(stream.startswith("video:") for stream in facts["streams"])
        and not name.endswith(".jpg")
        and "/pgs/" not in name  # large
    }
    assert len(films) >= 15
    for name, facts in films.items():
        found = probe(real_data / name, name)
        video = next(stream for stream in facts["streams"] if stream.startswith("video:"))
        assert f"{found.width}x{found.height}" in video
        if "frames" in facts:
            assert found.frames == facts["frames"], name
            assert found.duration == pytest.approx(facts["duration_s"], abs=0.1), name
        assert found.has_audio == any(each.startswith("audio:") for each in facts["streams"])
        assert plays_as_it_is(found) == (name in PLAYS), name


def test_talking_faces_in_mpeg_1_become_playable(
    real_data: Path, importing: Callable[[Path], Corpus]
) -> None:
    corpus = importing(real_data / "grid_lipnet")
    assert corpus.clips.count() == 11
    for clip in corpus.clips.all():
        copy = probe(media_path(clip.playable), clip.name)
        assert plays_as_it_is(copy)
        assert copy.frames == 75
        assert clip.duration == pytest.approx(3.0, abs=0.05)
    refused = {name for name, outcome in outcomes().items() if outcome == "refused"}
    assert refused == {"SOURCE.txt", "id2_vcd_swwp2s.align"}


def test_hevc_silent_sound_and_pictures(
    real_data: Path, importing: Callable[[Path], Corpus]
) -> None:
    corpus = importing(real_data / "pyfeat")
    assert set(corpus.clips.values_list("name", flat=True)) == {
        "WolfgangLanger_Pexels",
        "face_noface",
        "no_face",
        "single_face",
    }
    assert outcomes()["multi_face.jpg"] == outcomes()["single_face.jpg"] == "refused"
    assert corpus.clips.get(name="WolfgangLanger_Pexels").has_audio, "silent, but there"


def test_a_mixed_folder_with_everything_that_goes_wrong(
    real_data: Path, importing: Callable[[Path], Corpus], tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    friday = real_data / "mdn_friday" / "friday.mp4"
    shutil.copy(friday, folder / "《星期五》 'He said \"no\"' 1.mp4")
    shutil.copy(friday, folder / "same again.mp4")
    shutil.copy(real_data / "popeye_mkv/mkv/vob/Title_T01-2.mkv", folder / "popeye.mkv")
    shutil.copy(real_data / "ravdess_dmmh/01-01-01-01-01-01-01.mp4", folder)
    cut(friday, 0.4, folder / "truncated.mp4")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("this is no film\n")
    corpus = importing(folder)
    assert outcomes() == {
        "01-01-01-01-01-01-01.mp4": "imported",
        "empty.mp4": "refused",
        "popeye.mkv": "imported",
        "same again.mp4": "imported",
        "text.mp4": "refused",
        "truncated.mp4": "refused",
        "《星期五》 'He said \"no\"' 1.mp4": "duplicate",
    }
    assert not corpus.clips.get(name="popeye").has_audio
    friday_clip = corpus.clips.get(name="same again")
    assert friday_clip.file == friday_clip.playable
    importing(folder)
    assert corpus.clips.count() == 3
