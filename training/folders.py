"""Where the baseline's files lie: below TRAINING_ROOT, in a folder per corpus.

    <corpus id>/features/<id>/store         a feature set (`baseline.stores`)
    <corpus id>/features/<id>/clips.csv     the clips to extract from, or that are known
    <corpus id>/features/<id>/sent/         what was sent and waits for its import
    <corpus id>/features/<id>/clips/        files out of a bucket, while they are extracted from
    <corpus id>/runs/<id>                   a training run (`baseline.run_folder`)
    <corpus id>/predictions/<id>.csv        what a model predicted; beside it the names asked for
    incoming/                               what is being received

A folder without a row is what a killed process has left; the next work of its kind removes it.
"""

import shutil
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePath

from django.conf import settings

from collection.models import Corpus
from collection.storage import ABANDONED_AFTER
from training.models import FeatureSet, Prediction, TrainingRun

FEATURES, RUNS, PREDICTIONS = "features", "runs", "predictions"


def of_features(features: FeatureSet) -> Path:
    return _of(features.corpus_id, FEATURES) / str(features.pk)


def store_of(features: FeatureSet) -> Path:
    return of_features(features) / "store"


def clips_of(features: FeatureSet) -> Path:
    return of_features(features) / "clips"


def of_run(run: TrainingRun) -> Path:
    return _of(run.corpus_id, RUNS) / str(run.pk)


def model_of(run: TrainingRun) -> Path:
    return of_run(run) / "model"


def of_prediction(prediction: Prediction) -> Path:
    return _of(prediction.model.run.corpus_id, PREDICTIONS) / f"{prediction.pk}.csv"


def names_of(prediction: Prediction) -> Path:
    """The names of the clips to predict."""
    return of_prediction(prediction).with_suffix(".txt")


def all_of_prediction(prediction: Prediction) -> list[Path]:
    return [of_prediction(prediction), names_of(prediction)]


def new_upload(ending: str) -> Path:
    """Where to receive a file; what a killed process has left there a week ago is removed."""
    incoming = Path(settings.TRAINING_ROOT) / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    for left in incoming.iterdir():
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - ABANDONED_AFTER:
                left.unlink()
    return incoming / f"{uuid.uuid4().hex}{ending}"


def keep_upload(features: FeatureSet, sent: Path, missing_values: str) -> None:
    """Under its own name, which faults tell; what to do about missing values is its folder."""
    folder = of_features(features) / "sent" / missing_values
    folder.mkdir(parents=True)
    name = Path(features.file_name)
    sent.rename(folder / f"{name.stem[:60]}{name.suffix}")


def upload_of(features: FeatureSet) -> tuple[Path, str] | None:
    """What was sent, and what to do about its missing values; None once it is imported."""
    for sent in of_features(features).glob("sent/*/*"):
        return sent, sent.parent.name
    return None


def drop_upload(features: FeatureSet) -> None:
    remove(of_features(features) / "sent")


def locked(corpus: Corpus) -> Corpus:
    """The corpus's row, held until the transaction ends; votes do not wait for it."""
    return Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)


def clear_left_over(corpus_id: int, kind: str, known: Iterable[int]) -> None:
    """Remove folders that no row speaks of; the caller holds the corpus's row."""
    kept = {str(number) for number in known}
    for folder in _of(corpus_id, kind).glob("*"):
        if folder.name not in kept:
            remove(folder)


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def relative(path: Path) -> PurePath:
    """Where it lies below TRAINING_ROOT."""
    return path.relative_to(settings.TRAINING_ROOT)


def _of(corpus_id: int, kind: str) -> Path:
    return Path(settings.TRAINING_ROOT) / str(corpus_id) / kind
