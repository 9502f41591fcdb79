"""What people may choose about an extractor, and what must hold of what it gives."""

import numpy as np

from baseline.errors import Fault


def fixed(kind: str, option: str, given: str, value: str = "") -> str:
    """The value of an option that `kind` leaves no choice about. Raises Fault option_not_taken."""
    if given in ("", value):
        return value
    raise Fault(
        "option_not_taken",
        f'{kind} takes no {option} "{given}". Leave the {option} out'
        + (f' or say "{value}".' if value else "."),
        kind=kind,
        option=option,
        given=given,
    )


def layer_numbers(layers: str, default: str, count: int) -> list[int]:
    """ "-4,-3,-2,-1" → [-4, -3, -2, -1]: which of a model's `count` + 1 layers are summed.

    0 is what goes into the first layer, `count` and −1 are the last. Raises Fault
    layers_unreadable, layer_unknown.
    """
    given = layers.strip() or default
    try:
        numbers = [int(part) for part in given.split(",")]
    except ValueError:
        numbers = []
    places = [number % (count + 1) for number in numbers]
    if not numbers or len(set(places)) < len(places):
        raise Fault(
            "layers_unreadable",
            f'Layers are different whole numbers with commas between them, as in "{default}"; '
            f'"{layers}" was given.',
            layers=layers,
            default=default,
        )
    for number in numbers:
        if not -count - 1 <= number <= count:
            raise Fault(
                "layer_unknown",
                f"There is no layer {number}: this model has the layers 0 to {count}, or counted "
                f"from the end −1 to −{count + 1}.",
                layer=number,
                last=count,
                first=count + 1,
            )
    return numbers


def finite(kind: str, features: np.ndarray) -> np.ndarray:
    """`features` as float32, if all of them are numbers. Raises Fault features_not_finite."""
    bad = int(features.size - np.isfinite(features).sum())
    if bad:
        raise Fault(
            "features_not_finite",
            f"{kind} gave {bad} values of {features.size} that are no finite numbers. The model's "
            "weights are damaged; get its files anew.",
            kind=kind,
            bad=bad,
            values=features.size,
        )
    return features.astype(np.float32, copy=False)


def needed(kind: str, model: str, example: str) -> str:
    """The model's name or folder. Raises Fault model_needed."""
    if model.strip():
        return model.strip()
    raise Fault(
        "model_needed",
        f"{kind} needs a model: its name on the hub, such as {example}, or a folder of this "
        "machine.",
        kind=kind,
        example=example,
    )
