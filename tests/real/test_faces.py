"""Faces of people whom nobody here filmed: found, aligned, and made into visual features."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from baseline.extracting import fer2013
from baseline.extracting.faces import TEMPLATE, Faces
from baseline.extracting.run import extract
from baseline.extracting.worker import Asked, ClipSource
from baseline.media import frames


@pytest.fixture(scope="module")
def faces() -> Faces:
    return Faces("mean")


def pictures(file: Path) -> Iterator[np.ndarray]:
    """Of a film, or the one of a photograph."""
    if file.suffix == ".jpg":
        picture = cv2.imread(str(file))
        assert picture is not None
        return iter([np.asarray(picture)])
    return frames(file, 5)


def share_with_a_face(faces: Faces, file: Path) -> float:
    found = [bool(faces.of(picture)) for picture in pictures(file)]
    return sum(found) / len(found)


def test_each_speaker_of_grid_has_one_face_in_nearly_every_frame(
    faces: Faces, real_data: Path
) -> None:
    films = sorted((real_data / "grid_lipnet").glob("*.mpg"))
    assert len(films) == 11
    for film in films:
        counts = [len(faces.of(picture)) for picture in frames(film, 5)]
        assert len(counts) == 15, film.name
        assert counts.count(1) >= 14, film.name


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("single_face.mp4", 1.0, 1.0),
        ("single_face.jpg", 1.0, 1.0),
        ("multi_face.jpg", 1.0, 1.0),
        ("WolfgangLanger_Pexels.mp4", 0.95, 1.0),
        ("no_face.mp4", 0.0, 0.0),
        ("face_noface.mov", 0.2, 0.6),  # a face, then none
    ],
)
def test_faces_are_there_as_long_as_the_film_shows_them(
    faces: Faces, real_data: Path, name: str, least: float, most: float
) -> None:
    assert least <= share_with_a_face(faces, real_data / "pyfeat" / name) <= most


def test_a_group_photograph_shows_several_faces(faces: Faces, real_data: Path) -> None:
    (picture,) = pictures(real_data / "pyfeat" / "multi_face.jpg")
    found = faces.of(picture)
    assert len(found) >= 3
    areas = [face.area for face in found]
    assert areas == sorted(areas, reverse=True)


def test_landmarks_found_anew_in_aligned_faces_lie_on_the_template(
    faces: Faces, real_data: Path
) -> None:
    away = []
    for film in sorted((real_data / "grid_lipnet").glob("*.mpg")):
        aligned = next(iter(faces.aligned(frames(film, 5), 224)))
        again = faces.of(aligned)[0]
        away.append(np.abs(again.landmarks / 224 - TEMPLATE).mean())
    assert np.mean(away) < 0.025
    assert max(away) < 0.05


def test_features_of_real_clips_tell_people_apart_and_no_face_is_empty(
    real_data: Path, tmp_path: Path
) -> None:
    """Of one film, the two halves are more alike than halves of different films."""
    grid = sorted((real_data / "grid_lipnet").glob("*.mpg"))
    films = [*grid, *sorted((real_data / "pyfeat").glob("*.m*"))]
    clips = [ClipSource(film.stem, film, "") for film in films]
    store = extract(Asked("fer2013"), clips, tmp_path / "looks", "looks").store
    assert store.names == [film.stem for film in films]
    assert [n for n, flag in zip(store.names, store.empty, strict=True) if flag] == ["no_face"]
    assert np.isfinite(store.matrix).all()
    extractor = fer2013.load()
    halves = []
    for film in grid:
        rows = extractor(frames(film, 5))
        assert rows is not None
        assert rows.mean(axis=0) == pytest.approx(store.take([film.stem])[0], abs=1e-4)
        halves.append((rows[:7].mean(axis=0), rows[8:].mean(axis=0)))
    first, second = (np.array(half) for half in zip(*halves, strict=True))
    distances = np.linalg.norm(first[:, None] - second[None], axis=2)  # (films, films)
    nearest = (distances.argmin(axis=1) == np.arange(len(grid))).mean()
    assert nearest >= 0.8
