"""The FER-2013 network against a slow one that follows the Keras file's own description."""

import json
from functools import cache
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from baseline.errors import Fault
from baseline.extracting import fer2013
from baseline.extracting.packaged import FER2013_WEIGHTS, find
from collection.cartoon.clip import Scene

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # the file's order


class KerasFile:
    """Layer after layer as `model_config` lists them, in float64, (height, width, channels)."""

    def __init__(self) -> None:
        with h5py.File(find(FER2013_WEIGHTS), "r") as file:
            self.layers = json.loads(file.attrs["model_config"])["config"]["layers"]
            self.weights: dict[str, dict[str, np.ndarray]] = {}
            for layer in file["model_weights"]:
                found: dict[str, np.ndarray] = {}
                file["model_weights"][layer].visititems(
                    lambda name, item, found=found: (
                        found.update({name.split("/")[-1][:-2]: item[()].astype(float)})
                        if isinstance(item, h5py.Dataset)
                        else None
                    )
                )
                self.weights[layer] = found

    def __call__(self, face: np.ndarray) -> dict[str, np.ndarray]:
        """What each layer gives for one face (64, 64, 1), by the layer's name."""
        given: dict[str, np.ndarray] = {}
        for layer in self.layers:
            name, config = layer["name"], layer["config"]
            inputs = [given[node[0]] for node in (layer["inbound_nodes"] or [[]])[0]]
            given[name] = self._run(
                layer["class_name"], config, self.weights.get(name, {}), inputs, face
            )
        return given

    def _run(
        self,
        kind: str,
        config: dict[str, Any],
        weights: dict[str, np.ndarray],
        inputs: list[np.ndarray],
        face: np.ndarray,
    ) -> np.ndarray:
        match kind:
            case "InputLayer":
                return face
            case "Conv2D":
                y = np.einsum("hwcij,ijco->hwo", windows(inputs[0], config), weights["kernel"])
                return y + weights["bias"] if config["use_bias"] else y
            case "SeparableConv2D":
                seen = windows(inputs[0], config)
                y = np.einsum("hwcij,ijcm->hwcm", seen, weights["depthwise_kernel"])[..., 0]
                return y @ weights["pointwise_kernel"][0, 0]
            case "BatchNormalization":
                deviation = np.sqrt(weights["moving_variance"] + config["epsilon"])
                centred = (inputs[0] - weights["moving_mean"]) / deviation
                return centred * weights["gamma"] + weights["beta"]
            case "Activation" if config["activation"] == "relu":
                return np.maximum(inputs[0], 0)
            case "Activation" if config["activation"] == "softmax":
                return np.exp(inputs[0]) / np.exp(inputs[0]).sum()
            case "MaxPooling2D":
                return windows(inputs[0], config, outside=-np.inf).max(axis=(3, 4))
            case "Add":
                return inputs[0] + inputs[1]
            case "GlobalAveragePooling2D":
                return inputs[0].mean(axis=(0, 1))
        raise AssertionError(kind)


def windows(x: np.ndarray, config: dict[str, Any], outside: float = 0.0) -> np.ndarray:
    """What each output sees, (height, width, channels, i, j); TensorFlow's padding: "same" gives
    ⌈n / stride⌉ outputs, and where the padding is odd its larger part comes after the end."""
    size, stride = (config.get("kernel_size") or config["pool_size"])[0], config["strides"][0]
    if config["padding"] == "same":
        sides = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[:2]]
        pads = [(side // 2, side - side // 2) for side in sides]
        x = np.pad(x, [*pads, (0, 0)], constant_values=outside)
    seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    return seen[::stride, ::stride]


@cache
def keras() -> KerasFile:
    return KerasFile()


@pytest.fixture(scope="module")
def extractor() -> fer2013.Fer2013:
    return fer2013.load()


def drawn(emotion: str, seed: int, time: float = 1.5) -> np.ndarray:
    return np.ascontiguousarray(Scene(emotion, seed).picture(time)[..., ::-1])


def test_features_are_those_of_the_keras_file_layer_by_layer() -> None:
    faces = np.random.default_rng(3).uniform(-1, 1, (2, 64, 64, 1))
    faces[1] = faces[1].round()  # strong edges
    network = fer2013.network(find(FER2013_WEIGHTS))
    with torch.inference_mode():
        found = network(torch.from_numpy(faces.transpose(0, 3, 1, 2)).float()).numpy()
    expected = np.stack([keras()(face)["add_4"].mean(axis=(0, 1)) for face in faces])
    assert found.shape == (2, 128)
    assert np.abs(expected).max() > 0.5
    assert found == pytest.approx(expected, abs=2e-5)


def test_every_weight_of_the_file_is_used_but_those_of_its_probabilities() -> None:
    network = fer2013.network(find(FER2013_WEIGHTS))
    ours = sum(weight.numel() for weight in network.state_dict().values() if weight.ndim)
    theirs = sum(array.size for layer in keras().weights.values() for array in layer.values())
    probabilities = sum(array.size for array in keras().weights["conv2d_7"].values())
    assert ours == theirs - probabilities


def test_a_face_becomes_grey_between_minus_one_and_one() -> None:
    blue, white = np.zeros((1, 64, 64, 3), np.uint8), np.full((1, 64, 64, 3), 255, np.uint8)
    blue[..., 0] = 255
    assert fer2013.grey(white).unique().tolist() == [1.0]
    assert fer2013.grey(blue).mean().item() == pytest.approx(2 * 0.114 - 1, abs=0.01)  # BT.601


def test_a_laughing_drawing_looks_happy_and_an_astonished_one_surprised(
    extractor: fer2013.Fer2013,
) -> None:
    """The whole way from picture to network: were a face askew, mirrored or too dark on its way,
    the network would see something else in it."""
    for emotion, seen in (("happiness", "happy"), ("surprise", "surprise")):
        frames = iter([drawn(emotion, seed) for seed in (3, 5, 8)])
        (faces,) = extractor.faces.batches(frames, fer2013.SIDE)
        likely = [
            EMOTIONS[keras()(face[0].numpy()[..., None])["predictions"].argmax()]
            for face in fer2013.grey(faces)
        ]
        assert likely.count(seen) >= 2, likely


def test_frames_with_a_face_give_a_row_each_and_no_face_gives_none(
    extractor: fer2013.Fer2013,
) -> None:
    nobody = np.full((480, 640, 3), 90, np.uint8)
    found = extractor(iter([drawn("neutral", 3), nobody, drawn("sadness", 4)]))
    assert found is not None
    assert found.dtype == np.float32
    assert found.shape == (2, extractor.dimension)
    assert extractor(iter([nobody, nobody])) is None
    assert extractor(iter([])) is None


def test_an_option_that_it_does_not_take_is_refused() -> None:
    for options in ({"model": "other"}, {"layers": "-1"}):
        with pytest.raises(Fault) as refused:
            fer2013.load(**options)
        assert refused.value.code == "option_not_taken"
