"""Visual features that need no download: a face's look by a network trained on FER-2013, 128-d.

§3.4 tests networks trained on that data; this one is mini-XCEPTION (Arriaga, Valdenegro-Toro and
Plöger 2017, arXiv:1710.07557), 58,423 weights, as the package fer (MIT) brings them: a Keras
file, of which only the numbers are read. A frame is described by the network's last features,
averaged over the face; its seven probabilities, which follow from them, are not kept.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from baseline.extracting.faces import Faces
from baseline.extracting.options import finite, fixed
from baseline.extracting.packaged import FER2013_WEIGHTS, find

KIND = "fer2013"
DIMENSION = 128
SIDE = 64  # pixels of the face that it sees
Numbers = np.ndarray[Any, np.dtype[Any]]


class MiniXception(nn.Module):
    """Two convolutions, four residual blocks that halve the picture: (n, 1, 64, 64) → (n, 128)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 8, 3, bias=False), _norm(8)
        self.conv2, self.norm2 = nn.Conv2d(8, 8, 3, bias=False), _norm(8)
        self.blocks = nn.ModuleList(
            [Block(8, 16), Block(16, 32), Block(32, 64), Block(64, DIMENSION)]
        )

    def maps(self, faces: Tensor) -> Tensor:
        """Grey faces of −1 … 1 → (n, 128, 4, 4)."""
        x = torch.relu(self.norm1(self.conv1(faces)))  # (n, 8, 62, 62)
        x = torch.relu(self.norm2(self.conv2(x)))  # (n, 8, 60, 60)
        for block in self.blocks:
            x = block(x)  # 30, 15, 8, 4 pixels a side
        return x

    def forward(self, faces: Tensor) -> Tensor:
        return self.maps(faces).mean((2, 3))


class Block(nn.Module):
    """(n, inputs, s, s) → (n, outputs, ⌈s/2⌉, ⌈s/2⌉)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=2, bias=False)
        self.shortcut_norm = _norm(outputs)
        self.first, self.first_norm = Separable(inputs, outputs), _norm(outputs)
        self.second, self.second_norm = Separable(outputs, outputs), _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return _pooled(y) + self.shortcut_norm(self.shortcut(x))


class Separable(nn.Module):
    """A 3 × 3 convolution of each channel by itself, then a mix of the channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)  # Keras' default


def _pooled(x: Tensor) -> Tensor:
    """The largest of 3 × 3, every other pixel; padded as Keras' "same" does: even sides after
    the end only, odd ones on both ends."""
    before = x.shape[-1] % 2
    padded = functional.pad(x, (before, 1, before, 1), value=-torch.inf)
    return functional.max_pool2d(padded, 3, stride=2)


def network(file: Path) -> MiniXception:
    """The network with the weights of a Keras file, which numbers its layers by their kind."""
    made = MiniXception()
    layers: list[tuple[nn.Module, str]] = [
        (made.conv1, "conv2d_1"),
        (made.norm1, "batch_normalization_1"),
        (made.conv2, "conv2d_2"),
        (made.norm2, "batch_normalization_2"),
    ]
    for number, block in enumerate(made.blocks):
        norms = [f"batch_normalization_{3 * number + which}" for which in (3, 4, 5)]
        layers += [
            (block.get_submodule("shortcut"), f"conv2d_{number + 3}"),
            (block.get_submodule("shortcut_norm"), norms[0]),
            (block.get_submodule("first"), f"separable_conv2d_{2 * number + 1}"),
            (block.get_submodule("first_norm"), norms[1]),
            (block.get_submodule("second"), f"separable_conv2d_{2 * number + 2}"),
            (block.get_submodule("second_norm"), norms[2]),
        ]
    with h5py.File(file, "r") as weights:
        for layer, name in layers:
            layer.load_state_dict(_as_torch(weights["model_weights"][name][f"{name}_1"]))
    return made.eval()


TORCH_NAMES = {
    "kernel:0": "weight",
    "depthwise_kernel:0": "depthwise.weight",
    "pointwise_kernel:0": "pointwise.weight",
    "gamma:0": "weight",
    "beta:0": "bias",
    "moving_mean:0": "running_mean",
    "moving_variance:0": "running_var",
}


def _as_torch(layer: h5py.Group) -> dict[str, Tensor]:
    """A layer's weights under torch's names. Keras' kernels are (height, width, in, out), those
    of one channel each (height, width, channels, 1)."""
    found = {}
    for name, values in layer.items():
        weight = torch.from_numpy(values[()])
        if name == "depthwise_kernel:0":
            weight = weight.permute(2, 3, 0, 1)
        elif weight.ndim == 4:
            weight = weight.permute(3, 2, 0, 1)
        found[TORCH_NAMES[name]] = weight
    if "running_mean" in found:
        found["num_batches_tracked"] = torch.tensor(0)
    return found


def grey(faces: Numbers) -> Tensor:
    """uint8 (n, 64, 64, 3), blue first → float32 (n, 1, 64, 64) in −1 … 1."""
    greys = np.stack([cv2.cvtColor(face, cv2.COLOR_BGR2GRAY) for face in faces])
    return torch.from_numpy(greys[:, None]).float() / 255 * 2 - 1


class Fer2013:
    dimension = DIMENSION

    def __init__(self, pooling: str) -> None:
        self.faces = Faces(pooling)
        self.frames_per_second = self.faces.frames_per_second
        self.network = network(find(FER2013_WEIGHTS))
        self.recipe = {
            "extractor": KIND,
            "model": "mini-XCEPTION",
            "weights": FER2013_WEIGHTS.sha256,
            **self.faces.recipe,
        }

    def __call__(self, frames: Iterator[Numbers]) -> Numbers | None:
        """Frames as `baseline.media.frames` → (frames with a face, 128); None if there is none."""
        with torch.inference_mode():
            found = [
                self.network(grey(faces)).numpy() for faces in self.faces.batches(frames, SIDE)
            ]
        return finite(KIND, np.concatenate(found)) if found else None


def load(model: str = "", layers: str = "", pooling: str = "") -> Fer2013:
    """Raises Fault: package_missing, weights_changed, pooling_unknown, option_not_taken."""
    fixed(KIND, "model", model)
    fixed(KIND, "layers", layers)
    return Fer2013(pooling)
