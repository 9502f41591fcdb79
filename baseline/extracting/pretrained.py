"""Models of the transformers library: by their name on the hub, or from a folder.

What the hub's cache (HF_HOME) holds is taken from there without asking the hub, so the same name
stays the same weights. Code that comes with a model is never run.
"""

import hashlib
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
import transformers

from baseline.errors import Fault

BROKEN = (
    ImportError,  # what reads a tokenizer may be a package that is not here
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RuntimeError,
    pickle.UnpicklingError,
    safetensors.SafetensorError,
)
NOT_READ_BY_US = ("pooler.", "masked_spec_embed", "position_ids")  # weights no feature rests on


def load_part(cls: Any, model: str, **options: Any) -> Any:
    """`cls.from_pretrained`: from the folder, the cache, or last of all the hub.

    Raises Fault model_not_found, model_unreadable.
    """
    here = Path(model).is_dir()
    try:
        return _loaded(cls, model, local_files_only=True, **options)
    except OSError as error:
        if here:
            raise _unreadable(model, error) from error
    try:
        return _loaded(cls, model, local_files_only=False, **options)
    except OSError as error:
        raise Fault(
            "model_not_found",
            f'The model "{model}" cannot be had: it is no folder of this machine, not in the '
            f"cache that HF_HOME names, and the hub did not give it ({_first_line(error)}). Give "
            "a folder with its files, put it into the cache, or connect this machine to the "
            "network.",
            model=model,
            why=_first_line(error),
        ) from error


def load_model(kind: str, model: str, *, wanted: tuple[str, ...] = (), reads: str) -> Any:
    """The bare network, float32, ready to be asked.

    `wanted`: the types of models taken, all if empty; `reads`: the name of what they read
    ("input_values" are waves, "input_ids" words). Raises Fault model_not_found,
    model_unreadable, model_of_another_kind, model_incomplete.
    """
    # Without this, a thread asks a service of the hub to convert pickled weights.
    os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    config = load_part(transformers.AutoConfig, model)
    if (wanted and config.model_type not in wanted) or config.is_encoder_decoder:
        raise _another_kind(kind, model, config.model_type)
    network, report = load_part(
        transformers.AutoModel, model, dtype=torch.float32, output_loading_info=True
    )
    if network.main_input_name != reads:
        raise _another_kind(kind, model, config.model_type)
    lacking = sorted(
        name
        for name in {*report["missing_keys"], *(str(key) for key in report["mismatched_keys"])}
        if not any(part in name for part in NOT_READ_BY_US)
    )
    if lacking:
        raise Fault(
            "model_incomplete",
            f'The model "{model}" lacks {len(lacking)} of the weights that a model of the type '
            f"{config.model_type} has, {lacking[0]} among them; in their place it would have "
            "random ones. Get its files anew.",
            model=model,
            lacking=len(lacking),
            first=lacking[0],
            type=config.model_type,
        )
    return network.eval()


def name_of(model: str) -> str:
    """What the recipe calls it: the same on every machine."""
    return Path(model).resolve().name if Path(model).is_dir() else model


def weights_digest(network: torch.nn.Module) -> str:
    """SHA-256 over every weight, whatever files they came in."""
    whole = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        whole.update(f"{name} {tuple(tensor.shape)}\0".encode())
        whole.update(np.ascontiguousarray(tensor.numpy()).data)
    return whole.hexdigest()


@torch.inference_mode()
def summed_layers(network: Any, layers: list[int], **inputs: torch.Tensor) -> np.ndarray:
    """One clip's or text's hidden states: the sum of the given layers, (steps, D).

    Layer −1 is what the network itself gives. Its list of hidden states ends before the last
    normalisation where the large speech models have one (do_stable_layer_norm).
    """
    out = network(**inputs, output_hidden_states=True, return_dict=True)
    hidden = [*out.hidden_states[:-1], out.last_hidden_state]
    total = torch.zeros_like(hidden[-1])
    for layer in layers:
        total += hidden[layer]
    return total[0].numpy()


def _loaded(cls: Any, model: str, **options: Any) -> Any:
    try:
        return cls.from_pretrained(model, trust_remote_code=False, **options)
    except BROKEN as error:
        raise _unreadable(model, error) from error


def _unreadable(model: str, error: Exception) -> Fault:
    return Fault(
        "model_unreadable",
        f'The model "{model}" cannot be read ({_first_line(error)}). A model is a folder with '
        "config.json, the weights, and a tokenizer or feature extractor, as `save_pretrained` "
        "writes it.",
        model=model,
        why=_first_line(error),
    )


def _another_kind(kind: str, model: str, found: str) -> Fault:
    return Fault(
        "model_of_another_kind",
        f'"{model}" is a model of the type {found}, with which {kind} can do nothing. Take '
        "another model, or the extractor that this one is for.",
        model=model,
        found=found,
        kind=kind,
    )


def _first_line(error: Exception) -> str:
    if isinstance(error, pickle.UnpicklingError):  # its own words propose to run the code
        return "its weights hold something else than tensors, or are cut off"
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
