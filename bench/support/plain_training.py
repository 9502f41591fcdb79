"""The reference for `bench.training`: §3.5–3.7 as one writes them first, and nothing more.

A DataLoader, a network, Adam, one process with two threads. The mathematics are the product's,
the code is not. Prints a line for each epoch, and at the end each fold's best metrics as JSON.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import f1_score, mean_squared_error
from sklearn.model_selection import StratifiedKFold
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from baseline import labels
from baseline.stores import FeatureStore
from bench.support.labeled import CLASSES

THREADS = 2


class Plain(nn.Module):
    """Eq. 1–5."""

    def __init__(self, dimensions: list[int], hidden: int) -> None:
        super().__init__()
        self.embed = nn.ModuleList(
            nn.Sequential(nn.Linear(dimension, hidden), nn.ReLU(), nn.Dropout(0.3))
            for dimension in dimensions
        )
        self.score = nn.Linear(hidden, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(len(dimensions)))
        self.emotion = nn.Linear(hidden, len(CLASSES))
        self.valence = nn.Linear(hidden, 1)

    def forward(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        hs = [embed(f) for embed, f in zip(self.embed, features, strict=True)]
        h = torch.stack(hs, dim=2)  # (batch, h, 3)
        alpha = torch.softmax(self.score(h.transpose(1, 2)).squeeze(2) + self.bias, dim=1)
        z = torch.bmm(h, alpha.unsqueeze(2)).squeeze(2)
        return self.emotion(z), self.valence(z).squeeze(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="as bench.support.labeled makes it")
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=100)
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    found = [train_fold(train, validation, options) for train, validation in folds(options.folder)]
    print(json.dumps(found), flush=True)


def folds(folder: Path) -> Iterator[tuple[TensorDataset, TensorDataset]]:
    """Each fold's clips to train on and to validate with, standardised by the former."""
    clips = labels.read(folder / labels.FILE)
    emotions = clips.indices(CLASSES)
    stores = [FeatureStore.open(folder / name) for name in ("acoustic", "lexical", "visual")]
    matrices = [store.take(clips.names) for store in stores]
    split = StratifiedKFold(5, shuffle=True, random_state=0)
    for train, validation in split.split(emotions, emotions):
        scaled = [(m - m[train].mean(0)) / m[train].std(0) for m in matrices]
        arrays = [torch.from_numpy(each) for each in [*scaled, emotions, clips.valences]]
        parts = [TensorDataset(*(each[at] for each in arrays)) for at in (train, validation)]
        yield parts[0], parts[1]


def train_fold(
    train: TensorDataset, validation: TensorDataset, options: argparse.Namespace
) -> dict[str, float]:
    """The metrics of the epoch whose combined metric is the best."""
    training = DataLoader(train, batch_size=32, shuffle=True)
    validating = DataLoader(validation, batch_size=32)
    network = Plain([part.shape[1] for part in train.tensors[:-2]], options.hidden)
    adam = torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=1e-5)
    best = {"combined": -np.inf}
    for _ in range(options.epochs):
        network.train()
        total = 0.0
        for *features, emotions, valences in training:
            logits, valence = network(features)
            loss = nn.functional.cross_entropy(logits, emotions)
            loss = loss + nn.functional.mse_loss(valence, valences)
            adam.zero_grad()
            loss.backward()
            adam.step()
            total += loss.item()
        found = evaluate(network, validating)
        if found["combined"] > best["combined"]:
            best = found
            weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        print(total / len(training), found["combined"], len(weights), flush=True)
    return best


@torch.no_grad()
def evaluate(network: Plain, validating: DataLoader) -> dict[str, float]:
    """Eq. 9–12, by scikit-learn."""
    network.eval()
    truths, guesses, valences, predicted = [], [], [], []
    for *features, emotions, valence in validating:
        logits, guess = network(features)
        truths += emotions.tolist()
        guesses += logits.argmax(1).tolist()
        valences += valence.tolist()
        predicted += guess.tolist()
    discrete = f1_score(truths, guesses, average="weighted")
    dimensional = mean_squared_error(valences, predicted)
    combined = discrete - 0.25 * dimensional
    return {"discrete": discrete, "dimensional": dimensional, "combined": combined}


if __name__ == "__main__":
    main()
