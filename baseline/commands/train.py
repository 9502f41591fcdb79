"""`train`: a grid on labeled clips, from feature sets and a table of labels to a trained model."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from baseline import labels, run_folder
from baseline.commands.common import Say, add_valence_range, stores_of
from baseline.errors import Fault
from baseline.spec import DEVICES, VARIANTS, Spec

Number = TypeVar("Number", int, float)
DEFAULT = Spec(features={}, classes=[])


def add(parser: argparse.ArgumentParser) -> None:
    where = parser.add_argument_group("a new run, or one to go on with")
    where.add_argument("--into", type=Path, metavar="RUN", help="the run's folder")
    where.add_argument("--resume", type=Path, metavar="RUN", help="go on with this run as it is")
    where.add_argument(
        "--features",
        action="append",
        metavar="STORE[,STORE…]",
        help="folders of feature sets, at most one per modality",
    )
    where.add_argument("--labels", type=Path, metavar="CSV", help="name,discrete,valence")
    where.add_argument("--classes", help="codes, in order; by default all of the labels, sorted")
    add_valence_range(where)
    grid = parser.add_argument_group("the numbers of §3.6")
    grid.add_argument("--hidden", help="sizes h (128,256)")
    grid.add_argument("--learning-rates", help="(1e-3,1e-4,1e-5)")
    for name, kind in (
        ("folds", int),
        ("runs", int),
        ("epochs", int),
        ("batch-size", int),
        ("dropout", float),
        ("weight-decay", float),
        ("seed", int),
    ):
        default = getattr(DEFAULT, name.replace("-", "_"))
        grid.add_argument(f"--{name}", type=kind, default=default, help=f"({default})")
    grid.add_argument(
        "--group-by",
        choices=["video", "speaker"],
        default="",
        help="all clips of one are in one fold; a column of the labels says whose they are",
    )
    grid.add_argument(
        "--variant",
        choices=VARIANTS,
        default=DEFAULT.variant,
        help="the network of Eq. 1–5 (paper), or that of the authors' released program",
    )
    grid.add_argument("--no-standardise", action="store_true", help="features as they are")
    of_a_new_run = vars(parser.parse_args([]))
    del of_a_new_run["into"], of_a_new_run["resume"]
    parser.set_defaults(of_a_new_run=of_a_new_run)
    machine = parser.add_argument_group("this machine")
    machine.add_argument("--device", choices=DEVICES, help="(cpu)")
    machine.add_argument("--processes", type=int, metavar="N", help="(one for each core)")


def run(arguments: argparse.Namespace, say: Say) -> int:
    from baseline import grid

    folder = _folder(arguments)
    if arguments.into:
        clips = _labels(arguments)
        spec = _spec(arguments, clips)
        grid.check(folder, spec, clips)  # before anything is written
        run_folder.prepare(folder, spec, clips)
    told = grid.train(folder, say, device=arguments.device, processes=arguments.processes)
    say.end(f"{_table(told)}\nThe trained model is in {folder / run_folder.MODEL}.")
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    if bool(arguments.into) == bool(arguments.resume):
        raise _wrong("Name a folder: --into for a new run, or --resume to go on with one.")
    if arguments.resume:
        if given := _given_beside_resume(arguments):
            raise _wrong(f"--resume goes on with a run as it is, without {', '.join(given)}.")
        return Path(arguments.resume)
    if not arguments.features or not arguments.labels:
        raise _wrong("A new run needs --features and --labels.")
    return Path(arguments.into)


def _given_beside_resume(arguments: argparse.Namespace) -> list[str]:
    """Options that say what is trained, and would be without effect."""
    return [
        f"--{name.replace('_', '-')}"
        for name, value in vars(arguments).items()
        if name in arguments.of_a_new_run and value != arguments.of_a_new_run[name]
    ]


def _labels(arguments: argparse.Namespace) -> labels.Labels:
    classes = arguments.classes.split(",") if arguments.classes else None
    return labels.read(arguments.labels, classes=classes, valence_range=arguments.valence_range)


def _spec(arguments: argparse.Namespace, given: labels.Labels) -> Spec:
    classes = arguments.classes.split(",") if arguments.classes else sorted(set(given.emotions))
    return Spec(
        features={
            modality: str(store.folder.resolve())
            for modality, store in stores_of(arguments.features).items()
        },
        classes=classes,
        hidden=_numbers("--hidden", arguments.hidden, int) or DEFAULT.hidden,
        learning_rates=_numbers("--learning-rates", arguments.learning_rates, float)
        or DEFAULT.learning_rates,
        folds=arguments.folds,
        runs=arguments.runs,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        dropout=arguments.dropout,
        weight_decay=arguments.weight_decay,
        seed=arguments.seed,
        group_by=arguments.group_by,
        variant=arguments.variant,
        standardise=not arguments.no_standardise,
        device=arguments.device or DEFAULT.device,
        processes=arguments.processes,
    )


def _numbers(name: str, text: str | None, kind: Callable[[str], Number]) -> list[Number]:
    try:
        return [kind(part) for part in text.split(",")] if text else []
    except ValueError as error:
        raise _wrong(f'{name} takes numbers with commas between, not "{text}".') from error


def _wrong(text: str) -> Fault:
    return Fault("wrong_arguments", text, why=text)


def _table(told: dict[str, Any]) -> str:
    """Mean ± standard deviation over the runs, a line for each point of the grid."""
    lines = [f"{'h':>5} {'lr':>7}  {'Dis ↑':>12}  {'Dim ↓':>11}  {'Com ↑':>11}"]
    for point in told["grid"]:
        cells = [
            _cell(point, "discrete", 12, 100),
            _cell(point, "dimensional", 11),
            _cell(point, "combined", 11),
        ]
        best = "  best" if point["best"] else ""
        lines.append(f"{point['hidden']:>5} {point['learning_rate']:>7g}  {'  '.join(cells)}{best}")
    return "\n".join(lines)


def _cell(point: dict[str, Any], name: str, width: int, factor: int = 1) -> str:
    mean, sd = point[name], point[f"{name}_sd"]
    if mean is None:
        return "–".rjust(width)
    deviation = f"±{sd * factor:.2f}" if len(point["runs"]) > 1 else ""  # as in `tables`
    return f"{mean * factor:.2f}{deviation}".rjust(width)
