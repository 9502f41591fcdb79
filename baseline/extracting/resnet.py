"""Visual features by a residual network of one's own weights (§3.4: ResNet and SENet; on
ImageNet, MS-Celeb-1M, FER-2013 or RAF-DB, as the weights were trained).

A local .safetensors or .pth file of a state dict, named as torchvision names a ResNet; blocks
with squeeze and excitation have `se.fc1` and `se.fc2` besides, as timm names them. What is in the
file says which network it is: ResNet-18, 34, 50, 101, 152, or one of other widths. The classifier
is left out; a frame's features are the last maps, averaged over the face.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from baseline.errors import Fault
from baseline.extracting.faces import Faces
from baseline.extracting.options import finite, fixed
from baseline.extracting.weights_files import read_weights, weights_file

KIND = "resnet"
SIDE = 224  # pixels of the face that it sees
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet; red, green, blue
Numbers = np.ndarray[Any, np.dtype[Any]]
Weights = Mapping[str, Tensor]


class ResNet(nn.Module):
    """(n, 3, 224, 224) → (n, D); D is what the last stage puts out: 512 or 2048."""

    dimension: int  # D, as `network` finds it

    def __init__(self, weights: Weights) -> None:
        """A network of the shape of these weights. Raises KeyError: a name is missing."""
        super().__init__()
        stem = weights["conv1.weight"].shape  # (outputs, 3, 7, 7)
        self.conv1 = nn.Conv2d(
            stem[1], stem[0], stem[2], stride=2, padding=stem[2] // 2, bias=False
        )
        self.bn1 = nn.BatchNorm2d(stem[0])
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(weights, "layer1", stride=1)
        self.layer2 = _stage(weights, "layer2", stride=2)
        self.layer3 = _stage(weights, "layer3", stride=2)
        self.layer4 = _stage(weights, "layer4", stride=2)
        self.load_state_dict(dict(weights))

    def forward(self, faces: Tensor) -> Tensor:
        x = self.pool(torch.relu(self.bn1(self.conv1(faces))))  # (n, 64, 56, 56)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))  # (n, D, 7, 7)
        return x.mean((2, 3))


def _stage(weights: Weights, name: str, stride: int) -> nn.Sequential:
    blocks = 0
    made = nn.Sequential()
    while f"{name}.{blocks}.conv1.weight" in weights:
        made.append(Block(weights, f"{name}.{blocks}.", stride if blocks == 0 else 1))
        blocks += 1
    if not blocks:
        raise KeyError(f"{name}.0.conv1.weight")
    return made


class Block(nn.Module):
    """Two 3 × 3 convolutions, or the bottleneck 1 × 1, 3 × 3, 1 × 1, beside a shortcut."""

    def __init__(self, weights: Weights, name: str, stride: int) -> None:
        super().__init__()
        shape = {number: weights[f"{name}conv{number}.weight"].shape for number in (1, 2)}
        self.bottleneck = f"{name}conv3.weight" in weights
        strides = (1, stride) if self.bottleneck else (stride, 1)
        self.conv1, self.bn1 = _convolution(shape[1], strides[0])
        self.conv2, self.bn2 = _convolution(shape[2], strides[1])
        if self.bottleneck:
            self.conv3, self.bn3 = _convolution(weights[f"{name}conv3.weight"].shape, 1)
        if f"{name}se.fc1.weight" in weights:
            self.se: nn.Module = SqueezeAndExcitation(weights[f"{name}se.fc1.weight"].shape)
        else:
            self.se = nn.Identity()
        if f"{name}downsample.0.weight" in weights:
            self.downsample: nn.Module = nn.Sequential(
                *_convolution(weights[f"{name}downsample.0.weight"].shape, stride)
            )
        else:
            self.downsample = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.bottleneck:
            y = self.bn3(self.conv3(torch.relu(y)))
        return torch.relu(self.se(y) + self.downsample(x))


class SqueezeAndExcitation(nn.Module):
    """Each channel weighted by what all of them show on average (Hu, Shen and Sun 2018)."""

    def __init__(self, squeezed: torch.Size) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(squeezed[1], squeezed[0], 1)
        self.fc2 = nn.Conv2d(squeezed[0], squeezed[1], 1)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(weight)


def _convolution(shape: torch.Size, stride: int) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """A kernel (outputs, inputs, side, side) that keeps the picture's size but for the stride."""
    outputs, inputs, side, _ = shape
    kernel = nn.Conv2d(inputs, outputs, side, stride, padding=side // 2, bias=False)
    return kernel, nn.BatchNorm2d(outputs)


@torch.inference_mode()
def network(weights: Weights, file: str) -> ResNet:
    """The network of these weights. Raises Fault weights_do_not_fit."""
    kept = {name: value for name, value in weights.items() if not name.startswith("fc.")}
    if flat := [name for name, value in kept.items() if "conv" in name and value.ndim != 4]:
        raise _unfit(file, f"{flat[0]} has {kept[flat[0]].ndim} dimensions instead of 4")
    try:
        made = ResNet(kept).eval()
        # Each layer may be whole and not fit the next: one look tells, and how large D is.
        made.dimension = made(torch.zeros(1, 3, SIDE, SIDE)).shape[1]
        return made
    except KeyError as error:
        raise _unfit(file, f"there is no {error.args[0]}") from error
    except (RuntimeError, ValueError, TypeError) as error:
        why = " ".join(str(error).split())
        raise _unfit(
            file, why.removeprefix("Error(s) in loading state_dict for ResNet: ")
        ) from error


def _unfit(file: str, why: str) -> Fault:
    why = why[:300]
    return Fault(
        "weights_do_not_fit",
        f"{file}: these are not the weights of a ResNet as torchvision names and shapes them: "
        f"{why}. Give the state dict of a ResNet, with or without squeeze and excitation.",
        file=file,
        why=why,
    )


def normalised(faces: Numbers) -> Tensor:
    """uint8 (n, 224, 224, 3), blue first → float32 (n, 3, 224, 224), as ImageNet's networks."""
    rgb = torch.from_numpy(np.ascontiguousarray(faces[..., ::-1])).permute(0, 3, 1, 2) / 255
    mean, deviation = (torch.tensor(each)[:, None, None] for each in (MEAN, DEVIATION))
    return (rgb - mean) / deviation


class ResNetFeatures:
    def __init__(self, file: Path, pooling: str) -> None:
        self.faces = Faces(pooling)
        self.frames_per_second = self.faces.frames_per_second
        self.network = network(read_weights(file), file.name)
        self.dimension = self.network.dimension
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self.recipe = {
            "extractor": KIND,
            "model": file.name,
            "weights": digest,
            **self.faces.recipe,
        }

    def __call__(self, frames: Iterator[Numbers]) -> Numbers | None:
        """Frames as `baseline.media.frames` → (frames with a face, D); None if there is none."""
        with torch.inference_mode():
            found = [
                self.network(normalised(faces)).numpy()
                for faces in self.faces.batches(frames, SIDE)
            ]
        return finite(KIND, np.concatenate(found)) if found else None


def load(model: str = "", layers: str = "", pooling: str = "") -> ResNetFeatures:
    """`model` is the file of the weights. Raises Fault: weights_needed, weights_not_found,
    weights_unreadable, weights_do_not_fit, pooling_unknown, option_not_taken, package_missing."""
    fixed(KIND, "layers", layers)
    return ResNetFeatures(weights_file(KIND, model), pooling)
