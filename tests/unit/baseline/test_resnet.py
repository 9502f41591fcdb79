"""ResNet by one's own weights, against the transformers library's own ResNet."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import ResNetConfig, ResNetModel

from baseline.errors import Fault
from baseline.extracting import resnet
from collection.cartoon.clip import Scene


def theirs(layer_type: str, depths: list[int], widths: list[int]) -> ResNetModel:
    """A network with weights drawn by a seed, and norms that have seen something."""
    torch.manual_seed(7)
    config = ResNetConfig(
        layer_type=layer_type, depths=depths, hidden_sizes=widths, embedding_size=8
    )
    network = ResNetModel(config).eval()
    for name, value in network.state_dict().items():
        if "running_mean" in name or name.endswith("normalization.bias"):
            value.normal_(0, 0.3)
        elif "running_var" in name or name.endswith("normalization.weight"):
            value.uniform_(0.5, 1.5)
    return network


def as_torchvision_names_them(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    named = {}
    for name, value in weights.items():
        part = name.split(".")
        if part[0] == "embedder":
            stem = "conv1" if part[2] == "convolution" else "bn1"
            named[f"{stem}.{part[-1]}"] = value
            continue
        stage, block = int(part[2]) + 1, part[4]  # encoder.stages.0.layers.0.…
        before = f"layer{stage}.{block}"
        if part[5] == "shortcut":
            place = f"downsample.{0 if part[6] == 'convolution' else 1}"
        else:  # layer.1.convolution.weight
            place = f"{'conv' if part[7] == 'convolution' else 'bn'}{int(part[6]) + 1}"
        named[f"{before}.{place}.{part[-1]}"] = value
    return named


SHAPES = [("basic", [2, 1, 2, 1], [8, 12, 16, 20]), ("bottleneck", [1, 2, 1, 1], [16, 24, 32, 40])]


@pytest.mark.parametrize(("layer_type", "depths", "widths"), SHAPES)
def test_features_are_those_of_another_implementation(
    layer_type: str, depths: list[int], widths: list[int]
) -> None:
    reference = theirs(layer_type, depths, widths)
    weights = as_torchvision_names_them(reference.state_dict())
    network = resnet.network({**weights, "fc.weight": torch.zeros(7, 3)}, "weights.pth")
    faces = torch.randn(2, 3, 96, 96)
    with torch.inference_mode():
        expected = reference(faces).pooler_output.flatten(1)
        found = network(faces)
    assert found.shape == (2, widths[-1])
    assert expected.std() > 0.1
    assert torch.allclose(found, expected, atol=1e-4)


def test_squeeze_and_excitation_weighs_channels_by_what_they_show_on_average() -> None:
    """z = the mean of each channel, s = σ(W₂ ReLU(W₁ z + b₁) + b₂), x̃ = s x."""
    torch.manual_seed(2)
    reference = theirs("bottleneck", [1, 1, 1, 1], [16, 16, 16, 16])
    weights = as_torchvision_names_them(reference.state_dict())
    plain = resnet.network(weights, "plain.pth")
    for stage in range(1, 5):
        for name, shape in (("fc1", (4, 16, 1, 1)), ("fc2", (16, 4, 1, 1))):
            weights[f"layer{stage}.0.se.{name}.weight"] = torch.randn(shape)
            weights[f"layer{stage}.0.se.{name}.bias"] = torch.randn(shape[0])
    squeezed = resnet.network(weights, "squeezed.pth")
    with torch.inference_mode():
        x = torch.randn(3, 8, 10, 10)
        block, without = squeezed.layer1[0], plain.layer1[0]
        kept: dict[str, Tensor] = {}
        part = block.get_submodule("se")
        part.register_forward_hook(lambda _, given, result: kept.update(x=given[0], y=result))
        block(x)
        w1, b1, w2, b2 = (value.squeeze().numpy() for value in part.state_dict().values())
        z = kept["x"].numpy().mean(axis=(2, 3))
        s = 1 / (1 + np.exp(-(np.maximum(z @ w1.T + b1, 0) @ w2.T + b2)))
        assert kept["y"].numpy() == pytest.approx(kept["x"].numpy() * s[..., None, None], abs=1e-5)
        assert not torch.allclose(block(x), without(x), atol=0.01)


def test_a_resnet_18_has_the_weights_that_are_published_of_it() -> None:
    """11,689,512 with the classifier of 1,000 classes (He et al. 2016; torchvision's table)."""
    shape = ResNetConfig(layer_type="basic", depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512])
    weights = as_torchvision_names_them(ResNetModel(shape).state_dict())
    network = resnet.network(weights, "resnet18.pth")
    count = sum(weight.numel() for weight in network.parameters())
    assert count + 512 * 1000 + 1000 == 11_689_512


def test_pictures_are_normalised_as_for_imagenet_red_first() -> None:
    red = np.zeros((1, 2, 2, 3), np.uint8)
    red[..., 2] = 255  # blue comes first
    pixel = resnet.normalised(red)[0, :, 0, 0]
    expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225]
    assert pixel.tolist() == pytest.approx(expected)


@pytest.fixture
def weights() -> dict[str, Tensor]:
    return as_torchvision_names_them(theirs(*SHAPES[0]).state_dict())


@pytest.mark.parametrize("packed", ["bare", "inside", "parallel", "safetensors"])
def test_weights_come_in_the_files_that_are_usual(
    tmp_path: Path, weights: dict[str, Tensor], packed: str
) -> None:
    file = tmp_path / ("face.safetensors" if packed == "safetensors" else "face.pth")
    if packed == "safetensors":
        save_file(weights, file)
    else:
        parallel = {f"module.{name}": value for name, value in weights.items()}
        ways: dict[str, Any] = {
            "bare": weights,
            "inside": {"state_dict": weights, "epoch": 3},
            "parallel": parallel,
        }
        torch.save(ways[packed], file)
    extractor = resnet.load(str(file))
    face = np.ascontiguousarray(Scene("happiness", 3).picture(1.0)[..., ::-1])
    found = extractor(iter([face, np.zeros_like(face)]))
    assert found is not None
    assert found.shape == (1, extractor.dimension) == (1, 20)
    assert extractor.recipe["model"] == file.name
    assert extractor(iter([np.zeros_like(face)])) is None


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("was-run"),))


def code_of(model: Path | str) -> str:
    with pytest.raises(Fault) as refused:
        resnet.load(str(model))
    return refused.value.code


def test_what_are_no_weights_of_a_resnet_is_refused(
    tmp_path: Path, weights: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "weights.pth"
    assert code_of("") == "weights_needed"
    assert code_of(file) == "weights_not_found"
    for content in (Evil(), [1, 2], {"a": 3}):
        torch.save(content, file)
        assert code_of(file) == "weights_unreadable"
    for text in (b"no weights", b"root:x:0:0:root\n", b"name,file\na,b\n", b""):
        file.write_bytes(text)
        assert code_of(file) == "weights_unreadable"
    (tmp_path / "weights.safetensors").write_bytes(b"no weights")
    assert code_of(tmp_path / "weights.safetensors") == "weights_unreadable"
    assert not (tmp_path / "was-run").exists()
    for wrong in (
        {"conv1.weight": weights["conv1.weight"]},
        {name: value for name, value in weights.items() if name != "layer2.0.bn1.weight"},
        {**weights, "layer1.0.extra.weight": torch.zeros(2)},
        {**weights, "layer3.0.conv2.weight": torch.zeros(16, 4, 3, 3)},
        {**weights, "conv1.weight": torch.zeros(3)},
        {"some.other": torch.zeros(3)},
        {},
    ):
        torch.save(wrong, file)
        assert code_of(file) == "weights_do_not_fit", wrong.keys()
