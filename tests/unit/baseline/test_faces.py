"""Faces found and brought into one position. The faces are the demo corpus's drawings."""

from functools import cache

import cv2
import numpy as np
import pytest

from baseline.errors import Fault
from baseline.extracting.faces import TEMPLATE, Faces, alignment, cut_out
from collection.cartoon.clip import Scene


@cache
def drawn(seed: int = 3) -> np.ndarray:
    """A drawn face, (480, 640, 3), blue first."""
    return np.ascontiguousarray(Scene("neutral", seed).picture(0.5)[..., ::-1])


@pytest.fixture(scope="module")
def faces() -> Faces:
    return Faces("mean")


def turned(points: np.ndarray, degrees: float, scale: float, by: tuple[float, float]) -> np.ndarray:
    turn = scale * np.exp(1j * np.radians(degrees))
    moved = (points[:, 0] + 1j * points[:, 1]) * turn + complex(*by)
    return np.stack([moved.real, moved.imag], 1)


@pytest.mark.parametrize("degrees", [-40, 0, 17, 170])
@pytest.mark.parametrize("scale", [0.3, 90.0])
def test_landmarks_of_any_size_and_turn_land_on_the_template(degrees: float, scale: float) -> None:
    landmarks = turned(TEMPLATE, degrees, scale, (31.0, -7.5))
    matrix = alignment(landmarks, 64)
    assert matrix is not None
    assert landmarks @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(
        64 * TEMPLATE - 0.5, abs=1e-8
    )


def test_landmarks_that_fit_badly_come_as_near_as_a_similarity_brings_them() -> None:
    """In complex numbers: a = Σ conj(x − x̄)(y − ȳ) / Σ |x − x̄|² (Umeyama 1991, in the plane)."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        degrees, scale = rng.normal(20, 5, 2)
        landmarks = turned(TEMPLATE + rng.normal(0, 0.1, (5, 2)), degrees, scale, (3, 4))
        matrix = alignment(landmarks, 112)
        assert matrix is not None
        x, y = landmarks @ [1, 1j], (112 * TEMPLATE - 0.5) @ [1, 1j]
        a = (np.conj(x - x.mean()) * (y - y.mean())).sum() / (abs(x - x.mean()) ** 2).sum()
        found = (landmarks @ matrix[:, :2].T + matrix[:, 2]) @ [1, 1j]
        assert found == pytest.approx(a * (x - x.mean()) + y.mean())


def test_a_mirrored_face_is_not_mirrored_back_and_one_point_is_no_face() -> None:
    mirrored = TEMPLATE * [-1, 1]
    matrix = alignment(mirrored, 64)
    assert matrix is not None
    assert np.linalg.det(matrix[:, :2]) > 0
    assert alignment(np.full((5, 2), 7.0), 64) is None


def test_a_drawn_face_is_found_where_it_is_in_large_pictures_too(faces: Faces) -> None:
    (face,) = faces.of(drawn())
    large = cv2.resize(drawn(), (1280, 960), interpolation=cv2.INTER_CUBIC)
    (larger,) = faces.of(large)
    assert face.confidence >= 0.6
    assert larger.landmarks == pytest.approx(2 * face.landmarks, abs=6)
    assert larger.box == pytest.approx(2 * np.array(face.box), abs=12)
    x, y, width, height = face.box
    inside = (face.landmarks > [x, y]) & (face.landmarks < [x + width, y + height])
    assert inside.all()
    left, right, nose, *mouth = face.landmarks
    assert left[0] < nose[0] < right[0]
    assert all(left[1] < nose[1] < corner[1] for corner in mouth)


def test_the_landmarks_of_an_aligned_face_lie_on_the_template(faces: Faces) -> None:
    """Found anew in what was cut out of a turned face: nothing of the alignment is used twice."""
    turn = cv2.getRotationMatrix2D((320, 240), 25, 1.0)
    askew = cv2.warpAffine(drawn(), turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    (aligned,) = faces.aligned(iter([askew]), 224)
    (again,) = faces.of(aligned)
    assert aligned.shape == (224, 224, 3)
    assert again.landmarks == pytest.approx(224 * TEMPLATE, abs=0.06 * 224)


def test_a_small_cut_of_a_large_picture_shows_the_same_as_a_large_one(faces: Faces) -> None:
    """Shrunk by averaging: not a pixel of many by chance, and nothing is shifted."""
    large = cv2.resize(drawn(), (1280, 960), interpolation=cv2.INTER_CUBIC)
    (face,) = faces.of(large)
    small, fine = (
        cut_out(large, matrix, side)
        for side in (64, 512)
        if (matrix := alignment(face.landmarks, side)) is not None
    )
    averaged = cv2.resize(fine, (64, 64), interpolation=cv2.INTER_AREA)
    near = np.abs(small.astype(float) - averaged).mean()
    shifted = np.abs(small[:, 1:].astype(float) - averaged[:, :-1]).mean()
    assert near < 3
    assert near < shifted / 2


def test_the_largest_of_several_faces_counts_however_sure_the_detector_is(faces: Faces) -> None:
    small = cv2.resize(drawn(1), (320, 240), interpolation=cv2.INTER_AREA)
    picture = np.full((480, 960, 3), 200, np.uint8)
    picture[:240, :320] = small
    picture[:, 320:] = drawn(7)
    first, second = faces.of(picture)
    assert first.box[0] > 320 > second.box[0] + second.box[2]
    assert first.area > 2 * second.area
    assert first.confidence < second.confidence
    assert len(list(faces.aligned(iter([picture]), 64))) == 1


def test_lines_with_padding_are_read_as_lines(faces: Faces) -> None:
    """The detector itself takes an array's bytes as they lie in memory."""
    wider = np.zeros((480, 700, 3), np.uint8)
    wider[:, :640] = drawn()
    assert faces.of(wider[:, :640])[0].box == faces.of(drawn())[0].box


def test_where_there_is_no_face_there_is_none(faces: Faces) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    for picture in (noise, np.zeros((2, 2, 3), np.uint8), np.full((3, 900, 3), 255, np.uint8)):
        assert faces.of(picture) == []
    assert len(list(faces.aligned(iter([noise, drawn(), noise]), 64))) == 1
    assert list(faces.batches(iter([noise]), 64)) == []


def test_faces_come_in_batches(faces: Faces) -> None:
    batches = list(faces.batches((drawn() for _ in range(35)), 16))
    assert [batch.shape for batch in batches] == [(32, 16, 16, 3), (3, 16, 16, 3)]


def test_another_pooling_is_refused_and_each_has_its_own_recipe() -> None:
    with pytest.raises(Fault) as refused:
        Faces("max")
    assert refused.value.code == "pooling_unknown"
    every, some = Faces("mean-of-every-frame"), Faces("")
    assert (every.frames_per_second, some.frames_per_second) == (None, 5.0)
    assert every.recipe != some.recipe == Faces("mean").recipe
