"""How good a trained model is, by the clips that its folds' networks had not seen. Without torch.

Each clip of D_l was validation in one of the five folds (§3.6). Here those five answers of the
first run are pooled, one per clip; the tables' means over folds and runs are in `results.json`.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from baseline import metrics
from baseline.model_about import EVALUATION, changed, check_file, read_about

SHOWN = 2000  # points of the valence scatter
SEED = 2023  # of their choice


@dataclass(frozen=True)
class Unseen:
    """Truth and prediction of clips that the network in question was not trained on."""

    names: list[str]
    truth: NDArray[np.int64]  # (clips,) places in the label order
    probabilities: NDArray[np.float32]  # (clips, classes)
    valence_truth: NDArray[np.float32]  # (clips,) NaN where a clip has none
    valence: NDArray[np.float32]  # (clips,)

    def write(self, file: IO[bytes]) -> None:
        np.savez(
            file,
            names=np.array(self.names, np.str_),
            truth=self.truth,
            probabilities=self.probabilities,
            valence_truth=self.valence_truth,
            valence=self.valence,
        )

    @classmethod
    def read(cls, folder: Path) -> "Unseen":
        """Each clip of D_l as its fold predicted it, of a model's folder. Raises Fault: the
        file is not there, or changed by one byte."""
        file = check_file(folder, read_about(folder), EVALUATION)
        try:
            with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as kept:
                arrays = {key: kept[key] for key in cls.__dataclass_fields__}
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise changed(folder, EVALUATION) from error
        return cls(**{**arrays, "names": arrays["names"].tolist()})

    def pooled(self) -> dict[str, float | None]:
        """discrete, dimensional, combined (Eq. 10–12), accuracy and calibration_error."""
        counts = self.confusion()
        discrete = metrics.weighted_f1_of(counts)
        dimensional = metrics.mse(self.valence_truth, self.valence)
        return {
            "discrete": discrete,
            "dimensional": dimensional,
            "combined": metrics.combined(discrete, dimensional),
            "accuracy": metrics.accuracy_of(counts),
            "calibration_error": metrics.calibration_error(self.truth, self.probabilities),
        }

    def confusion(self) -> metrics.Counts:
        """(classes, classes): rows truth, columns what was most probable."""
        classes = self.probabilities.shape[1]
        return metrics.confusion(self.truth, self.probabilities.argmax(axis=1), classes)


def evaluation(folder: Path) -> dict[str, Any]:
    """Confusion matrix, metrics, reliability bins and valence scatter of a model, as plain lists.

    `valence` has at most 2,000 clips, always the same; `valence_of` says of how many.
    Raises Fault as `read_about` and `Unseen.read` do.
    """
    return told(list(read_about(folder).classes), Unseen.read(folder))


def told(classes: list[str], out: Unseen) -> dict[str, Any]:
    """As `evaluation`, of any clips that a model predicts without having seen them."""
    counts = out.confusion()
    scores = metrics.class_scores(counts)
    known = np.flatnonzero(~np.isnan(out.valence_truth))
    return {
        "classes": classes,
        "confusion": counts.tolist(),
        "metrics": {
            **out.pooled(),
            "per_class": [
                {"code": code, "precision": precision, "recall": recall, "f1": f1, "clips": clips}
                for code, precision, recall, f1, clips in zip(
                    classes, *(each.tolist() for each in scores), strict=True
                )
            ],
        },
        "calibration": [
            each._asdict() for each in metrics.reliability(out.truth, out.probabilities)
        ],
        "valence": [
            {
                "clip": out.names[place],
                "truth": float(out.valence_truth[place]),
                "predicted": float(out.valence[place]),
            }
            for place in _chosen(known)
        ],
        "valence_of": len(known),
    }


def _chosen(known: NDArray[np.intp]) -> list[int]:
    if len(known) <= SHOWN:
        return known.tolist()
    rng = np.random.default_rng(SEED)
    return sorted(rng.choice(known, SHOWN, replace=False).tolist())
