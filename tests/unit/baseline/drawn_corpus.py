"""Feature sets and labels on disk that a small network can learn, drawn from a seed."""

from pathlib import Path

import numpy as np

from baseline import labels
from baseline.labels import Labels
from baseline.modalities import MODALITIES
from baseline.stores import write_store

CLASSES = ["neutral", "anger", "worry"]
LETTERS = "ALV"  # the stores' folders
CLIPS = 90


def draw(folder: Path, *, seed: int = 7, dimensions: tuple[int, ...] = (6, 5, 4)) -> Labels:
    """A, L and V below `folder`, and labels.csv: 90 clips of three classes by six speakers.

    Every tenth clip has no valence; some rows of each store are empty.
    """
    rng = np.random.default_rng(seed)
    emotions = np.arange(CLIPS) % len(CLASSES)
    names = [f"sample_{number:08}" for number in range(CLIPS)]
    valences = rng.normal(emotions - 1, 0.5).round(2).astype(np.float32)
    valences[::10] = np.nan
    for modality, letter, dimension in zip(MODALITIES, LETTERS, dimensions, strict=True):
        centres = rng.normal(0, 1, (len(CLASSES), dimension))
        matrix = centres[emotions] + rng.normal(0, 1, (CLIPS, dimension))
        empty = rng.random(CLIPS) < 0.05
        matrix[empty] = 0
        write_store(
            folder / letter,
            name=f"drawn-{modality}",
            modality=modality,
            names=names[::-1],  # a store's order is not the labels'
            matrix=matrix[::-1].astype(np.float32),
            empty=empty[::-1],
            recipe={"extractor": "drawn"},
            source="drawn for a test",
        )
    clips = Labels(
        names=names,
        emotions=[CLASSES[index] for index in emotions],
        valences=valences,
        videos=[f"film_{number // 15}" for number in range(CLIPS)],
        speakers=[f"speaker_{number // 3 % 6}" for number in range(CLIPS)],
    )
    labels.write(folder / "labels.csv", clips)
    return clips
