"""Networks' weights in files that anybody may have made: no code in them is run."""

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from baseline.errors import Fault

# What torch says of these is of no use to a person, or proposes to run the code in the file.
NO_TENSORS = (pickle.UnpicklingError, EOFError, LookupError, TypeError)


def weights_file(kind: str, model: str) -> Path:
    """Raises Fault: weights_needed, weights_not_found."""
    if not model.strip():
        raise Fault(
            "weights_needed",
            f"{kind} needs a network's weights: the path of a .safetensors or .pth file of this "
            "machine. Say where it is.",
            kind=kind,
        )
    file = Path(model.strip()).expanduser()
    if not file.is_file():
        raise Fault(
            "weights_not_found",
            f"{kind}: there is no file {model} on this machine. Give the path of a .safetensors "
            "or .pth file.",
            kind=kind,
            file=model,
        )
    return file


def read_weights(file: Path) -> dict[str, Tensor]:
    """A state dict of .safetensors, or of .pth as torch.save writes it; also one inside
    {"state_dict": …} or under names that begin with "module.". Raises Fault weights_unreadable."""
    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        found = torch.load(file, map_location="cpu", weights_only=True)
    except NO_TENSORS as error:
        raise _unreadable(file, "it holds something else than tensors, or is cut off") from error
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise _unreadable(file, " ".join(str(error).split())[:200]) from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in found.items()
    ):
        raise _unreadable(file, "it holds something else than tensors by name")
    return {name.removeprefix("module."): value for name, value in found.items()}


def _unreadable(file: Path, why: str) -> Fault:
    return Fault(
        "weights_unreadable",
        f"{file.name}: the weights cannot be read ({why}). Give a state dict as .safetensors, or "
        "as .pth written by torch.save.",
        file=file.name,
        why=why,
    )
