"""D_l of the paper's size as files: three feature sets and a table of labels, made up."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from baseline import labels, stores
from baseline.modalities import ACOUSTIC, LEXICAL, VISUAL

CLASSES = ("neutral", "anger", "happiness", "sadness", "worry", "surprise")
CLIPS = (871, 822, 689, 383, 462, 146)  # of each class in Train&Val, 3,373 in all
DIMENSIONS = {ACOUSTIC: 1024, LEXICAL: 1024, VISUAL: 512}
CLEARNESS = {ACOUSTIC: 0.07, LEXICAL: 0.05, VISUAL: 0.07}  # of the classes, beside a spread of 1


@dataclass(frozen=True)
class Made:
    features: list[Path]
    labels: Path


def make(folder: Path) -> Made:
    """Classes that a network finds in about three clips of four, and a valence for each clip."""
    random = np.random.default_rng(2023)
    emotions = random.permutation(np.repeat(np.arange(len(CLASSES)), CLIPS))
    names = [f"sample_{number:08}" for number in range(len(emotions))]
    features = []
    for modality, dimension in DIMENSIONS.items():
        places = CLEARNESS[modality] * random.normal(size=(len(CLASSES), dimension))
        matrix = places[emotions] + random.normal(size=(len(names), dimension))
        stores.write_store(
            folder / modality,
            name=modality,
            modality=modality,
            names=names,
            matrix=matrix.astype(np.float32),
            empty=np.zeros(len(names), bool),
            recipe={"extractor": "drawn for a benchmark"},
            source="drawn for a benchmark",
        )
        features.append(folder / modality)
    means = np.array([0, -2.5, 1.75, -2.25, -1, -0.5])
    valences = np.clip(np.round(4 * random.normal(means[emotions], 0.8)) / 4, -5, 5)
    none = [""] * len(names)
    codes = [CLASSES[emotion] for emotion in emotions]
    made = labels.Labels(names, codes, valences.astype(np.float32), videos=none, speakers=none)
    labels.write(folder / labels.FILE, made)
    return Made(features, folder / labels.FILE)
