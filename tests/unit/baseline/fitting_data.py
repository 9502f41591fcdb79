"""Made-up D_l for the tests of training: easy or not, with empty rows and missing valences."""

import numpy as np
from numpy.typing import NDArray

from baseline.spec import Spec
from baseline.training_data import TrainingData

DIMENSIONS = {"acoustic": 12, "lexical": 9, "visual": 6}


def data_of(
    clips: int = 120, classes: int = 3, *, clear: float = 2.0, seed: int = 0
) -> TrainingData:
    """Each class has its place in each modality's features, `clear` times as far as their spread,
    and its valence; a tenth of the clips are empty in one modality, a fifth without valence."""
    random = np.random.default_rng(seed)
    emotions = random.permutation(np.arange(clips) % classes)
    features, empty = {}, {}
    for modality, dimension in DIMENSIONS.items():
        places = random.normal(0, clear, (classes, dimension))
        matrix = 7 + 3 * (places[emotions] + random.normal(size=(clips, dimension)))
        empty[modality] = random.random(clips) < 0.1
        matrix[empty[modality]] = 0
        features[modality] = matrix.astype(np.float32)
    valences = (emotions - 1 + random.normal(0, 0.1, clips)).astype(np.float32)
    valences[random.random(clips) < 0.2] = np.nan
    return TrainingData(features, empty, emotions, valences, classes)


def spec_of(data: TrainingData, **settings: object) -> Spec:
    codes = [f"class{number}" for number in range(data.classes)]
    some = {"features": dict.fromkeys(data.features, ""), "classes": codes, "epochs": 3}
    return Spec(**(some | settings))  # type: ignore[arg-type]


def halves(data: TrainingData) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Clips to train on, in no order, and the others."""
    order = np.random.default_rng(1).permutation(len(data.emotions))
    return order[: len(order) * 2 // 3], order[len(order) * 2 // 3 :]
