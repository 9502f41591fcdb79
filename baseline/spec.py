"""What a run trains: feature sets, classes and the grid of §3.6, in one `spec.json`."""

import dataclasses
import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from baseline.errors import Fault
from baseline.files import write_json
from baseline.modalities import MODALITIES

FORMAT = 1
FILE = "spec.json"

VARIANTS = ("paper", "released")  # Eq. 1–5 as printed; as the authors' code has it
GROUPINGS = ("", "video", "speaker")
DEVICES = ("cpu", "cuda")

# Where and how fast, not what: a run may go on with other values.
OF_THE_MACHINE = {"features", "device", "processes"}


@dataclass(frozen=True)
class Spec:
    """§3.6, with the paper's values as defaults.

    `features` has the folder of one feature set for each modality that is used, absolute or
    relative to the run's folder, and `digests` what the feature sets held when the run was made.
    `group_by` keeps all clips of one video or speaker in one fold. `standardise`: every feature
    by the mean and standard deviation of the fold's training clips. `processes`: None is one for
    each usable core.
    """

    features: dict[str, str]
    classes: list[str]  # codes e ∈ {1 … C}, in order
    digests: dict[str, str] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=lambda: [128, 256])  # h
    learning_rates: list[float] = field(default_factory=lambda: [1e-3, 1e-4, 1e-5])
    folds: int = 5
    runs: int = 3
    epochs: int = 100
    batch_size: int = 32
    dropout: float = 0.3
    weight_decay: float = 1e-5
    seed: int = 2023
    group_by: str = ""
    variant: str = "paper"
    standardise: bool = True
    device: str = "cpu"
    processes: int | None = None

    @property
    def modalities(self) -> list[str]:
        """The modalities given, in the order of Eq. 4."""
        return [modality for modality in MODALITIES if modality in self.features]

    def store(self, run: Path, modality: str) -> Path:
        """The folder of a modality's feature set, seen from the run's folder, there or not yet."""
        return Path(os.path.normpath(run / self.features[modality]))

    def check(self) -> None:
        """Raise Fault where no training is possible with these numbers."""
        _check_features(self)
        _check_classes(self.classes)
        for rate in self.learning_rates:
            if not (rate > 0 and math.isfinite(rate)):
                raise Fault(
                    "learning_rate_not_positive",
                    f"Learning rate {rate:g}: a learning rate is greater than 0. "
                    "The paper's are 0.001, 0.0001 and 0.00001.",
                    learning_rate=f"{rate:g}",
                )
        for size in self.hidden:
            _at_least("hidden", size, 1)
        _at_least("folds", self.folds, 2)
        _at_least("runs", self.runs, 1)
        _at_least("epochs", self.epochs, 1)
        _at_least("batch_size", self.batch_size, 1)
        _at_least("seed", self.seed, 0)
        if self.processes is not None:
            _at_least("processes", self.processes, 1)
        if not 0 <= self.dropout < 1:
            raise _out_of_range("dropout", self.dropout, "0 ≤ dropout < 1")
        if not (self.weight_decay >= 0 and math.isfinite(self.weight_decay)):
            raise _out_of_range("weight_decay", self.weight_decay, "weight_decay ≥ 0")
        _once("hidden", [str(size) for size in self.hidden])
        _once("learning_rates", [f"{rate:g}" for rate in self.learning_rates])
        _one_of("variant", self.variant, VARIANTS)
        _one_of("group_by", self.group_by, GROUPINGS)
        _one_of("device", self.device, DEVICES)

    def differences(self, other: "Spec") -> list[str]:
        """The settings in which another spec would train something else."""
        return [
            "feature sets" if each.name == "digests" else each.name
            for each in dataclasses.fields(self)
            if each.name not in OF_THE_MACHINE
            and getattr(self, each.name) != getattr(other, each.name)
        ]

    def save(self, file: Path) -> None:
        """Write it as JSON, at once or not at all."""
        write_json(file, {"format": FORMAT, **dataclasses.asdict(self)})

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a `spec.json`; raises Fault where it is not one or is damaged."""
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise _damaged(file, str(error)) from error
        if not isinstance(kept, dict) or "format" not in kept:
            raise _damaged(file, "it has no format")
        if kept.pop("format") != FORMAT:
            raise Fault(
                "spec_format_unknown",
                f"{file}: this version reads specifications of format {FORMAT} only. "
                "Train with the version that wrote it, or into a new folder.",
                file=str(file),
            )
        if wrong := _wrong_fields(kept):
            raise _damaged(file, f"{wrong[0]} is missing or not of its kind")
        spec = cls(**kept)
        spec.check()
        return spec


def _wrong_fields(kept: dict[str, Any]) -> list[str]:
    """Fields that are missing, unknown or not of the kind that they have to be."""
    known = {each.name for each in dataclasses.fields(Spec)}
    return sorted(set(kept) ^ known) or [name for name in known if not _fits(name, kept[name])]


def _fits(name: str, value: Any) -> bool:
    match name:
        case "features" | "digests":
            return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        case "classes":
            return isinstance(value, list) and all(isinstance(code, str) for code in value)
        case "hidden":
            return isinstance(value, list) and all(_is_int(size) for size in value)
        case "learning_rates":
            return isinstance(value, list) and all(_is_number(rate) for rate in value)
        case "dropout" | "weight_decay":
            return _is_number(value)
        case "group_by" | "variant" | "device":
            return isinstance(value, str)
        case "standardise":
            return isinstance(value, bool)
        case "processes":
            return value is None or _is_int(value)
        case _:
            return _is_int(value)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_int(value)


def _check_features(spec: Spec) -> None:
    if not spec.features:
        raise Fault(
            "no_feature_set",
            "No feature set is given; a network needs those of one modality at least. "
            "Name the folder of a feature set.",
        )
    for modality in spec.features:
        _one_of("modality", modality, MODALITIES)


def _check_classes(classes: list[str]) -> None:
    if len(classes) < 2:
        raise Fault(
            "fewer_than_two_classes",
            f"{len(classes)} classes: a network tells at least two classes apart. "
            "Choose more classes, or label clips of another one.",
            count=len(classes),
        )
    _once("classes", classes)


def _at_least(setting: str, value: int, least: int) -> None:
    if value < least:
        raise _out_of_range(setting, value, f"{setting} ≥ {least}")


def _out_of_range(setting: str, value: float, rule: str) -> Fault:
    return Fault(
        "setting_out_of_range",
        f"{setting} is {value}, but has to fulfil {rule}. Choose another value.",
        setting=setting,
        value=value,
        rule=rule,
    )


def _once(setting: str, values: list[str]) -> None:
    """Raise Fault if a list is empty or says something twice."""
    if not values:
        raise Fault(
            "setting_is_empty",
            f"{setting} names nothing; give one value at least.",
            setting=setting,
        )
    for value in values:
        if values.count(value) > 1:
            raise Fault(
                "setting_stands_twice",
                f"{setting} names {value} {values.count(value)} times; once is enough.",
                setting=setting,
                value=value,
                count=values.count(value),
            )


def _one_of(setting: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        listed = ", ".join(each or "nothing" for each in known)
        raise Fault(
            "setting_unknown",
            f'{setting} "{value}" is not known. Choose one of: {listed}.',
            setting=setting,
            value=value,
            known=listed,
        )


def _damaged(file: Path, why: str) -> Fault:
    return Fault(
        "spec_damaged",
        f"{file} cannot be read: {why}. Train into a new folder.",
        file=str(file),
        why=why,
    )
