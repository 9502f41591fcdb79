"""§3.4: "we first crop and align faces for each frame" – by YuNet, with its five landmarks.

The paper aligns with OpenFace, whose models may not be used freely. YuNet is the detector that
it uses for its clips (footnote 7): the package yuface, its authors' own.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import ModuleType
from typing import Any

import cv2
import numpy as np

from baseline.errors import Fault
from baseline.extracting.packaged import FACE_DETECTOR, find

LONGEST_SIDE = 640  # pixels of the picture that YuNet sees
CONFIDENCE = 0.6
# Where the landmarks lie in an aligned face, from 0 at its edge to 1: the eyes (the one on the
# picture's left first), the tip of the nose, the corners of the mouth. The mean of YuNet's
# landmarks in its boxes made square, over some 200 frontal faces, made symmetric.
TEMPLATE = np.array([[0.33, 0.385], [0.67, 0.385], [0.5, 0.59], [0.35, 0.74], [0.65, 0.74]])
ALIGNMENT = "5 landmarks, 1"  # another number once aligned faces come out otherwise
POOLINGS = {"mean": 5.0, "mean-of-every-frame": None}  # frames a second that are looked at
Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Face:
    """One face in a picture; lengths are the picture's pixels."""

    confidence: float  # 0 … 1
    box: tuple[float, float, float, float]  # x, y, width, height; may reach beyond the picture
    landmarks: Numbers  # float64 (5, 2): x, y, in TEMPLATE's order

    @property
    def area(self) -> float:
        return self.box[2] * self.box[3]


class Faces:
    """Finds the face of each frame. Making one checks and loads the detector."""

    def __init__(self, pooling: str) -> None:
        """Raises Fault: pooling_unknown, package_missing, weights_changed."""
        pooling = pooling or "mean"
        if pooling not in POOLINGS:
            raise Fault(
                "pooling_unknown",
                f'pooling "{pooling}": faces are averaged by one of {", ".join(POOLINGS)}. '
                "Choose one of these.",
                pooling=pooling,
                known=", ".join(POOLINGS),
            )
        self.frames_per_second = POOLINGS[pooling]
        self._yuface = _detector()
        self.recipe = {
            "pooling": pooling,
            "frames per second": f"{self.frames_per_second or 'every one'}",
            "faces": f"YuNet {FACE_DETECTOR.sha256}, confidence {CONFIDENCE}, the largest",
            "alignment": ALIGNMENT,
        }

    def of(self, picture: Numbers) -> list[Face]:
        """The faces in a picture (height, width, 3), uint8, blue first; the largest one first."""
        shrink = min(1.0, LONGEST_SIDE / max(picture.shape[:2]))
        seen = picture
        if shrink < 1:
            size = (max(1, round(picture.shape[1] * shrink)), max(1, round(len(picture) * shrink)))
            seen = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        found = self._yuface.detect(np.ascontiguousarray(seen), 0.0)
        confidences, boxes, landmarks = (np.asarray(part, dtype=np.float64) for part in found)
        scale = np.array([picture.shape[1] / seen.shape[1], len(picture) / len(seen)])
        faces = [
            Face(
                confidence=float(confidence) / 100,
                box=tuple((box.reshape(2, 2) * scale).ravel().tolist()),
                landmarks=(points.reshape(5, 2) + 0.5) * scale - 0.5,
            )
            for confidence, box, points in zip(confidences, boxes, landmarks, strict=True)
            if confidence >= CONFIDENCE * 100
        ]
        return sorted(faces, key=lambda face: (-face.area, -face.confidence))

    def aligned(self, frames: Iterator[Numbers], side: int) -> Iterator[Numbers]:
        """The largest face of each frame that shows one: uint8 (side, side, 3), blue first."""
        for frame in frames:
            for face in self.of(frame)[:1]:
                matrix = alignment(face.landmarks, side)
                if matrix is not None:
                    yield cut_out(frame, matrix, side)

    def batches(self, frames: Iterator[Numbers], side: int) -> Iterator[Numbers]:
        """As `aligned`, 32 faces at a time: uint8 (faces, side, side, 3)."""
        faces = self.aligned(frames, side)
        while batch := list(islice(faces, 32)):
            yield np.stack(batch)


def alignment(landmarks: Numbers, side: int) -> Numbers | None:
    """The similarity transform (2, 3) that brings landmarks (5, 2) nearest to the template.

    Least squares over [a −b c; b a d]: turning, scaling and moving, no mirroring. None if the
    landmarks are one point.
    """
    x, y = landmarks.astype(np.float64).T
    zero, one = np.zeros(5), np.ones(5)
    rows = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    wanted = (TEMPLATE * side - 0.5).T.ravel()  # all x, then all y; 0 is a pixel's centre
    (a, b, c, d), _, rank, _ = np.linalg.lstsq(rows, wanted, rcond=None)
    if rank < 4 or not np.hypot(a, b) > 0:
        return None
    return np.array([[a, -b, c], [b, a, d]])


def cut_out(picture: Numbers, matrix: Numbers, side: int) -> Numbers:
    """The picture under a similarity transform (2, 3), as (side, side, 3)."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:  # bilinear sampling would skip pixels: average them first
        width, height = picture.shape[1], picture.shape[0]
        size = (max(1, round(width * 2 * scale)), max(1, round(height * 2 * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        # Coordinates are of pixels' centres: x_old = (x_new + 1/2) / factor − 1/2.
        back = np.array([width / size[0], height / size[1]])
        moved = matrix @ np.append(back / 2 - 0.5, 1.0)
        matrix = np.hstack([matrix[:, :2] * back, moved[:, None]])
    return cv2.warpAffine(
        picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _detector() -> ModuleType:
    find(FACE_DETECTOR)
    cv2.setNumThreads(1)
    return importlib.import_module("yuface")
