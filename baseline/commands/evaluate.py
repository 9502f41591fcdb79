"""`evaluate`: how good a trained model is (§3.7).

Without more, by the clips of D_l, each as its fold predicted it; with --features and --labels by
these clips, as a challenge's test set.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from baseline import labels
from baseline.commands.common import Say, add_valence_range, stores_of
from baseline.commands.predict import model_in
from baseline.errors import Fault
from baseline.evaluation import Unseen, evaluation, told


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a model's folder, or a run's")
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="evaluate on these clips instead: columns name, discrete and valence",
    )
    parser.add_argument(
        "--features", action="append", metavar="STORE", help="the feature sets of these clips"
    )
    add_valence_range(parser)
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")


def run(arguments: argparse.Namespace, say: Say) -> int:
    folder = model_in(arguments.model)
    if bool(arguments.labels) != bool(arguments.features):
        raise Fault(
            "wrong_arguments",
            "To evaluate on other clips, both their --labels and their --features are needed.",
            why="--labels, --features",
        )
    found = _on_other_clips(folder, arguments) if arguments.labels else evaluation(folder)
    say.end(json.dumps(found, ensure_ascii=False) if arguments.json else _written(found))
    return 0


def _on_other_clips(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    import torch  # slow to load, and needed only here

    from baseline.model_folder import load_model
    from baseline.prediction import predict

    torch.set_num_threads(1)
    model = load_model(folder)
    classes = model.about.classes
    file: Path = arguments.labels
    truth = labels.read(file, classes=classes, valence_range=arguments.valence_range)
    if seen := set(truth.names) & {clip.name for clip in model.about.clips}:
        raise Fault(
            "clips_were_trained_on",
            f"{file.name}: the model was trained on {len(seen)} of these clips, such as "
            f"{min(seen)}, so this would not say how good it is. Leave them out; evaluate without "
            "--labels tells how the folds predicted them.",
            file=file.name,
            count=len(seen),
            clip=min(seen),
        )
    found = predict(model, stores_of(arguments.features), truth.names)
    nothing = np.full(len(truth), np.nan, np.float32)
    return told(
        list(classes),
        Unseen(
            names=truth.names,
            truth=truth.indices(classes),
            probabilities=found.probabilities,
            valence_truth=nothing if found.valence is None else truth.valences,
            valence=nothing if found.valence is None else found.valence,
        ),
    )


def _written(found: dict[str, Any]) -> str:
    """Metrics, the classes' figures, and the confusion matrix: rows truth, columns prediction."""
    metrics = found["metrics"]
    width = max(len(code) for code in [*found["classes"], "class"])
    cell = max(len(str(count)) for row in found["confusion"] for count in row) + 2
    lines = [f"{name:<18}{_number(metrics[name])}" for name in metrics if name != "per_class"]
    lines += ["", f"{'class':<{width}}  precision  recall      f1   clips"]
    lines += [
        f"{each['code']:<{width}}  {each['precision']:9.4f}  {each['recall']:6.4f}  "
        f"{each['f1']:6.4f}  {each['clips']:6}"
        for each in metrics["per_class"]
    ]
    lines += ["", "confusion (rows: truth; columns: prediction, in the same order)"]
    lines += [
        f"{code:<{width}}{''.join(f'{count:{cell}}' for count in counts)}"
        for code, counts in zip(found["classes"], found["confusion"], strict=True)
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
