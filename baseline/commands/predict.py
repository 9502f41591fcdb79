"""`predict`: what a trained model says of any clips, into one file."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import torch

from baseline.clip_names import clips_in, listed
from baseline.commands.common import Say, stores_of
from baseline.model_folder import load_model
from baseline.prediction import MISSING, REFUSE, Predictions, predict
from baseline.prediction_files import check_ending, write_predictions
from baseline.stores import FeatureStore


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model's folder, or a run's")
    parser.add_argument(
        "--features",
        action="append",
        required=True,
        metavar="STORE",
        help="a feature set's folder, one for each modality of the model; may be given again, or "
        "with commas",
    )
    parser.add_argument(
        "--into",
        type=Path,
        required=True,
        metavar="FILE",
        help="ends in .csv, .parquet or .npz",
    )
    parser.add_argument(
        "--clips",
        type=Path,
        metavar="FILE",
        help="only the clips named here (a name a line, or a table with a column name); without "
        "it all clips of the feature sets",
    )
    parser.add_argument(
        "--missing",
        choices=MISSING,
        default=REFUSE,
        help="clips that lack a modality: refuse (the default), or mask what is missing or empty",
    )
    parser.add_argument(
        "--each-fold",
        action="store_true",
        help="also what each fold's network says (of_folds); only into an .npz",
    )


def run(arguments: argparse.Namespace, say: Say) -> int:
    torch.set_num_threads(1)
    check_ending(arguments.into, each_fold=arguments.each_fold)
    model = load_model(model_in(arguments.model))
    stores = stores_of(arguments.features)
    names = clips_in(arguments.clips) if arguments.clips else names_of(stores)
    found = predict(
        model,
        stores,
        names,
        arguments.missing,
        on_progress=lambda done, of: say(done, of, "predicting", f"{done} of {of} clips"),
        each_fold=arguments.each_fold,
    )
    write_predictions(found, arguments.into)
    rows, left_out = len(found.names), found.left_out
    say(
        rows,
        rows,
        "predicted",
        _told(found),
        rows=rows,
        masked=found.masked_clips,
        left_out=len(left_out),
        clips=listed(left_out),
    )
    say.end(f"{arguments.into}: {_told(found)}")
    return 0


def model_in(folder: Path) -> Path:
    """The model of a run, where a run's folder is given."""
    return folder / "model" if (folder / "model").is_dir() else folder


def names_of(stores: Mapping[str, FeatureStore]) -> list[str]:
    """All clips that any of the feature sets has, in the order in which they are met."""
    return list(dict.fromkeys(name for store in stores.values() for name in store.names))


def _told(found: Predictions) -> str:
    parts = [f"{len(found.names)} clips predicted"]
    if found.masked_clips:
        parts.append(f"{found.masked_clips} of them without a modality")
    if found.left_out:
        parts.append(
            f"{len(found.left_out)} left out, of which there is nothing: {listed(found.left_out)}"
        )
    return "; ".join(parts)
