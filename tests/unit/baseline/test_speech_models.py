"""Features of speech models: what comes out is what the models say, for clips of every length."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
import safetensors.torch
import torch
import transformers

from baseline.errors import Fault
from baseline.extracting import speech_models
from tests.unit.baseline import tiny_models
from tests.unit.baseline.tiny_models import noise


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """What HF_HUB_OFFLINE=1 does, although the library may have read the environment already."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def features(kind: str, folder: str, audio: np.ndarray, layers: str = "") -> np.ndarray:
    found: np.ndarray | None = getattr(speech_models, kind)(folder, layers)(audio)
    assert found is not None
    return found


def heard(folder: str, kind: str, audio: np.ndarray, layers: list[int]) -> np.ndarray:
    """Each layer's output caught as it leaves the layer, (steps, D); the last one after the
    final normalisation, if there is one. The network is opened by its own class."""
    network_class: Any = tiny_models.SPEECH[kind][1]
    network = network_class.from_pretrained(folder).eval()
    caught: list[torch.Tensor] = []
    for layer in network.encoder.layers:
        layer.register_forward_hook(lambda _, __, out: caught.append(out[0]))
    with torch.no_grad():
        last = network(torch.from_numpy(audio)[None]).last_hidden_state
    states = [caught[number].reshape(last.shape) for number in range(len(caught) - 1)] + [last]
    return sum(states[layer - 1] for layer in layers)[0].numpy()


def normalised(audio: np.ndarray) -> np.ndarray:
    return (audio - audio.mean()) / np.sqrt(audio.var() + 1e-7)


@pytest.mark.parametrize("kind", ["hubert", "wav2vec2", "wavlm"])
@pytest.mark.parametrize("size", ["base", "large"])
def test_speech_models_give_the_mean_of_the_last_layer(
    kind: str, size: str, tmp_path: Path
) -> None:
    more: dict[str, Any] = tiny_models.LARGE if size == "large" else {}
    folder = tiny_models.speech(tmp_path / "model", kind, **more)
    audio = noise(1.2)
    expected = heard(folder, kind, normalised(audio), [tiny_models.LAYERS]).mean(axis=0)
    assert expected.shape == (getattr(speech_models, kind)(folder).dimension,)
    np.testing.assert_allclose(features(kind, folder, audio), expected, atol=1e-5)


def test_layers_asked_for_are_summed(tmp_path: Path) -> None:
    folder = tiny_models.speech(tmp_path / "m", "hubert", **tiny_models.LARGE)
    audio = noise(1)
    expected = heard(folder, "hubert", normalised(audio), [1, 3]).mean(axis=0)
    for layers in ("1,3", "-3, -1", "3,1"):
        found = features("hubert", folder, audio, layers)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_waves_are_left_as_they_are_for_a_model_that_wants_them_so(tmp_path: Path) -> None:
    folder = tiny_models.speech(
        tmp_path / "m", "wav2vec2", normalise=False, feat_extract_norm="layer"
    )
    audio = noise(1)
    expected = heard(folder, "wav2vec2", audio, [3]).mean(axis=0)
    found = features("wav2vec2", folder, audio)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (
        np.abs(found - heard(folder, "wav2vec2", normalised(audio), [3]).mean(axis=0)).max() > 1e-3
    )


def test_a_long_clip_is_heard_in_equal_parts_of_at_most_20_seconds(tmp_path: Path) -> None:
    folder = tiny_models.speech(tmp_path / "m", "hubert")
    audio = np.concatenate([noise(25), noise(20.5, seed=1) * 3])
    third = len(audio) // 3 + 1  # 45.5 s are three parts; two would be longer than 20 s
    whole = normalised(audio)
    parts = [
        heard(folder, "hubert", whole[first : first + third], [3])
        for first in range(0, len(audio), third)
    ]
    assert len(parts) == 3
    expected = np.concatenate(parts).mean(axis=0)
    np.testing.assert_allclose(features("hubert", folder, audio), expected, atol=1e-4)


def test_a_model_saved_in_half_precision_is_run_in_full(tmp_path: Path) -> None:
    folder = tiny_models.speech(tmp_path / "m", "hubert")
    transformers.HubertModel.from_pretrained(folder).half().save_pretrained(folder)
    network = transformers.HubertModel.from_pretrained(folder, dtype=torch.float32).eval()
    audio = noise(1)
    with torch.no_grad():
        last = network(torch.from_numpy(normalised(audio))[None]).last_hidden_state
    found = features("hubert", folder, audio)
    np.testing.assert_allclose(found, last[0].mean(axis=0).numpy(), atol=1e-5)


def test_the_recipe_knows_weights_by_what_they_are_and_not_by_where(tmp_path: Path) -> None:
    folder = tiny_models.speech(tmp_path / "one" / "model", "hubert")
    elsewhere = shutil.copytree(folder, tmp_path / "two" / "model")
    assert speech_models.hubert(folder).recipe == speech_models.hubert(str(elsewhere)).recipe
    weights = safetensors.torch.load_file(elsewhere / "model.safetensors")
    weights["encoder.layer_norm.bias"][0] += 1e-6
    safetensors.torch.save_file(weights, elsewhere / "model.safetensors", {"format": "pt"})
    other = speech_models.hubert(str(elsewhere)).recipe
    assert other["weights"] != speech_models.hubert(folder).recipe["weights"]


# --- what cannot be had -----------------------------------------------------------------------


def nothing(folder: Path) -> str:
    folder.mkdir()
    return str(folder)


def cut_short(folder: Path) -> str:
    tiny_models.speech(folder, "hubert")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    return str(folder)


def lacking_a_layer(folder: Path) -> str:
    tiny_models.speech(folder, "hubert")
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layers.1." not in name}
    safetensors.torch.save_file(kept, folder / "model.safetensors", {"format": "pt"})
    return str(folder)


def without_feature_extractor(folder: Path) -> str:
    tiny_models.speech(folder, "hubert")
    (folder / "preprocessor_config.json").unlink()
    return str(folder)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: "", "model_needed"),
        (lambda folder: str(folder / "nowhere"), "model_not_found"),
        (lambda folder: "nobody/has-made-this-model", "model_not_found"),
        (nothing, "model_unreadable"),
        (cut_short, "model_unreadable"),
        (without_feature_extractor, "model_unreadable"),
        (lacking_a_layer, "model_incomplete"),
        (tiny_models.bert, "model_of_another_kind"),
        (lambda folder: tiny_models.speech(folder, "wavlm"), "model_of_another_kind"),
        (lambda folder: tiny_models.speech(folder, "hubert", rate=8000), "model_of_another_rate"),
    ],
)
def test_a_model_that_cannot_be_used_is_named_with_the_way_out(
    make: Callable[[Path], str], code: str, tmp_path: Path, offline: None
) -> None:
    model = make(tmp_path / "model")
    with pytest.raises(Fault) as said:
        speech_models.hubert(model)
    assert said.value.code == code
    assert model in said.value.text


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ("4", "layer_unknown"),
        ("-5", "layer_unknown"),
        ("last", "layers_unreadable"),
        ("1,", "layers_unreadable"),
        ("-1,3", "layers_unreadable"),  # the same layer twice
    ],
)
def test_layers_that_are_not_there_are_refused(layers: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(Fault) as said:
        speech_models.hubert(tiny_models.speech(tmp_path / "m", "hubert"), layers=layers)
    assert said.value.code == code
