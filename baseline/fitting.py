"""Training one network on one fold (§3.6).

The numbers do not depend on where, when or beside what else it is trained: all that is drawn
comes from the training's own seeds, and one thread adds in one order.
"""

import ctypes
import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baseline import metrics
from baseline.errors import Fault
from baseline.losses import joint_loss
from baseline.network import Network, build
from baseline.released import Released
from baseline.spec import Spec
from baseline.training_data import EpochRecord, Fitted, TrainingData

Clips = NDArray[np.int64]  # rows of TrainingData

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h


def fit(
    data: TrainingData,
    *,
    spec: Spec,
    hidden: int,
    learning_rate: float,
    run: int,
    fold: int,
    train: Clips,
    validation: Clips,
    on_epoch: Callable[[EpochRecord], None],
) -> Fitted:
    """The network of the epoch whose combined metric (Eq. 12) on the validation is the best.

    "We utilize the Adam optimizer [and] set the maximum number of epochs to 100": all are
    trained, and of equally good ones the first is taken. `on_epoch` is told of each; it may stop
    the training by raising. Raises Fault where the loss is no number any more.
    """
    seeds = Seeds(spec.seed, hidden, learning_rate, run, fold)
    best = Best(data, validation, on_epoch)
    with one_thread(), drawing_from(seeds("dropout")):
        network = untrained(data, spec, hidden, train, seeds("weights"))
        clips = prepare(network, data)
        optimizer = torch.optim.Adam(
            network.parameters(), lr=learning_rate, weight_decay=spec.weight_decay, fused=True
        )
        batches = shuffled(train, spec.batch_size, seeds("order"))
        unseen = clips.features_of(torch.from_numpy(validation))
        for epoch in range(1, spec.epochs + 1):
            loss = train_epoch(network, optimizer, clips, next(batches)) / len(train)
            network.eval()
            with torch.inference_mode():
                logits, valence = network(unseen)
            check_finite(loss, logits, valence, spot=(hidden, learning_rate, epoch))
            best.see(epoch, loss, logits, valence, network.state_dict)
    return best.fitted()


def train_epoch(
    network: Network | Released,
    optimizer: torch.optim.Optimizer,
    clips: "Prepared",
    batches: tuple[Tensor, ...],
) -> float:
    """One step for each batch of clips; the sum over clips of Eq. 8 as it was before each step."""
    losses, sizes = [], []
    network.train()
    for batch in batches:
        logits, valence = network(clips.features_of(batch))
        loss = joint_loss(logits, valence, *clips.labels_of(batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        sizes.append(float(len(batch)))
    return torch.stack(losses).dot(torch.tensor(sizes)).item()


@dataclass(frozen=True)
class Prepared:
    """D_l as a network takes it. The modalities lie side by side: a batch is gathered once."""

    features: Tensor  # (clips, Σ d_m), standardised
    widths: list[int]  # d_m
    emotions: Tensor  # (clips,)
    valences: Tensor  # (clips,)

    def features_of(self, clips: Tensor) -> tuple[Tensor, ...]:
        """(clips, d_m) per modality."""
        return self.features.index_select(0, clips).split(self.widths, dim=1)

    def labels_of(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Emotions and valences, (clips,) each."""
        return self.emotions.index_select(0, clips), self.valences.index_select(0, clips)


def prepare(network: Network | Released, data: TrainingData) -> Prepared:
    """All clips, standardised as the network does it."""
    matrices = [torch.from_numpy(matrix) for matrix in data.features.values()]
    empty = [torch.from_numpy(nothing) for nothing in data.empty.values()]
    return Prepared(
        torch.cat(network.prepare(matrices, empty), dim=1),
        [matrix.shape[1] for matrix in matrices],
        torch.from_numpy(data.emotions),
        torch.from_numpy(data.valences),
    )


def untrained(
    data: TrainingData, spec: Spec, hidden: int, train: Clips, seed: int
) -> Network | Released:
    """A network with weights drawn from the seed, which standardises by the training clips."""
    dimensions = {modality: matrix.shape[1] for modality, matrix in data.features.items()}
    with drawing_from(seed):
        network = build(spec.variant, dimensions, data.classes, hidden, spec.dropout)
    if spec.standardise:
        network.prepare.learn(
            [matrix[train] for matrix in data.features.values()],
            [nothing[train] for nothing in data.empty.values()],
        )
    return network


class Best:
    """Measures each epoch on the validation, tells of it, and keeps the best."""

    def __init__(
        self, data: TrainingData, validation: Clips, on_epoch: Callable[[EpochRecord], None]
    ) -> None:
        self.emotions, self.valences = data.emotions[validation], data.valences[validation]
        self.classes = data.classes
        self.on_epoch = on_epoch
        self.record: EpochRecord | None = None

    def see(
        self,
        epoch: int,
        loss: float,
        logits: Tensor,
        valence: Tensor,
        state_dict: Callable[[], dict[str, Tensor]],
    ) -> None:
        """`logits` (clips, C) and `valence` (clips,) for the clips of the validation, in order."""
        counts = metrics.confusion(self.emotions, logits.argmax(dim=1).numpy(), self.classes)
        discrete = metrics.weighted_f1_of(counts)
        dimensional = metrics.mse(self.valences, valence.numpy())
        combined = metrics.combined(discrete, dimensional)
        record = EpochRecord(epoch, loss, discrete, dimensional, combined)
        self.on_epoch(record)
        if self.record is None or combined > self.record.combined:
            self.record = record
            self.accuracy = metrics.accuracy_of(counts)
            self.probabilities = logits.softmax(dim=1).numpy()  # Eq. 3
            self.valence = valence.numpy()
            self.state = {name: tensor.clone() for name, tensor in state_dict().items()}

    def fitted(self) -> Fitted:
        assert self.record is not None, "no epoch was trained"
        return Fitted(
            best_epoch=self.record.epoch,
            discrete=self.record.discrete,
            dimensional=self.record.dimensional,
            combined=self.record.combined,
            accuracy=self.accuracy,
            state_dict=self.state,
            probabilities=self.probabilities,
            valence=self.valence,
        )


@dataclass(frozen=True)
class Seeds:
    """Where the randomness of one training comes from: of its place in the grid, nothing else."""

    seed: int
    hidden: int
    learning_rate: float
    run: int
    fold: int

    def __call__(self, what: str) -> int:
        text = f"{self.seed} {self.hidden} {self.learning_rate!r} {self.run} {self.fold} {what}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])


def shuffled(clips: Clips, size: int, seed: int) -> Iterator[tuple[Tensor, ...]]:
    """For each epoch, all clips in another order, in batches of `size`; the last may be smaller."""
    rng = np.random.default_rng(seed)
    while True:
        yield torch.from_numpy(rng.permutation(clips)).split(size)


def check_finite(
    loss: float, logits: Tensor, valence: Tensor, *, spot: tuple[int, float, int]
) -> None:
    """`loss` is of the steps, so the last step's harm shows in the validation only. `spot`: h,
    learning rate, epoch. Raises Fault training_diverged."""
    if not (math.isfinite(loss) and logits.isfinite().all() and valence.isfinite().all()):
        hidden, learning_rate, epoch = spot
        raise Fault(
            "training_diverged",
            f"With h = {hidden} and learning rate {learning_rate:g} the loss of epoch {epoch} is "
            "no number any more. Take a smaller learning rate, or standardise the features.",
            hidden=hidden,
            learning_rate=f"{learning_rate:g}",
            epoch=epoch,
        )


@contextmanager
def drawing_from(seed: int, device: str = "cpu") -> Iterator[None]:
    """Torch's own generators start from the seed, and afterwards are as they were."""
    with torch.random.fork_rng(devices=[] if device == "cpu" else [device]):
        torch.manual_seed(seed)
        yield


@contextmanager
def one_thread() -> Iterator[None]:
    """This process keeps to one core, as a batch of 32 clips is too little to share.

    Weights that decay towards zero become denormal numbers, which processors are slow with: they
    are taken for zero.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    keep_freed_memory()
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


def keep_freed_memory() -> None:
    """Each step frees its gradients and the next needs as much again. The C library of Linux
    gives blocks of that size back at once, and taking them anew, page by page, is a third of a
    step's time: it is told to keep them. Elsewhere nothing is done."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, 64 << 20)
        library.mallopt(M_TRIM_THRESHOLD, 256 << 20)
