"""`predict`: what a trained model says of any clips, into one file."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from baseline import labels
from baseline.clip_names import listed
from baseline.commands.common import Say
from baseline.errors import Fault, of_the_disk
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
        help="names, one a line; without it all clips of the feature sets",
    )
    parser.add_argument(
        "--missing",
        choices=MISSING,
        default=REFUSE,
        help="clips that lack a modality: refuse (the default), or mask what is missing or empty",
    )


def run(arguments: argparse.Namespace, say: Say) -> int:
    torch.set_num_threads(1)
    check_ending(arguments.into)
    model = load_model(model_in(arguments.model))
    stores = opened(arguments.features)
    names = names_in(arguments.clips) if arguments.clips else names_of(stores)
    found = predict(
        model,
        stores,
        names,
        arguments.missing,
        on_progress=lambda done, of: say(done, of, "predicting", f"{done} of {of} clips"),
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


def opened(given: Sequence[str]) -> dict[str, FeatureStore]:
    """The feature sets by modality, of `--features A,L,V` or `--features A --features L`.

    Raises Fault for two of one modality.
    """
    stores: dict[str, FeatureStore] = {}
    parts = (
        part for text in given for part in ([text] if Path(text).is_dir() else text.split(","))
    )
    for folder in parts:
        store = FeatureStore.open(folder)
        if store.modality in stores:
            raise Fault(
                "two_feature_sets_of_a_modality",
                f"{folder}: there is another {store.modality} feature set, and a network takes one "
                "per modality. Leave one of them out.",
                features=store.name,
                modality=store.modality,
            )
        stores[store.modality] = store
    return stores


def names_of(stores: Mapping[str, FeatureStore]) -> list[str]:
    """All clips that any of the feature sets has, in the order in which they are met."""
    return list(dict.fromkeys(name for store in stores.values() for name in store.names))


def names_in(file: Path) -> list[str]:
    """One name a line; or, where the first line is that of a table of labels, its names."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise of_the_disk(error) from error
    except UnicodeDecodeError as error:
        raise Fault(
            "names_not_utf8",
            f"{file.name} is not UTF-8 (byte {error.start}). Save it as UTF-8, one clip a line.",
            file=file.name,
            byte=error.start,
        ) from error
    if lines[0].split(",")[:2] == [*labels.COLUMNS[:2]]:
        return labels.read(file, valence_range=None).names
    # A name may begin or end with a space.
    return list(dict.fromkeys(line for line in lines if line.strip()))


def _told(found: Predictions) -> str:
    parts = [f"{len(found.names)} clips predicted"]
    if found.masked_clips:
        parts.append(f"{found.masked_clips} of them without a modality")
    if found.left_out:
        parts.append(
            f"{len(found.left_out)} left out, of which there is nothing: {listed(found.left_out)}"
        )
    return "; ".join(parts)
