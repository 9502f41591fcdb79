"""One of the grid's processes: trains what it is given, keeps it, and tells its parent.

It has one thread (two threads on two busy cores are many times slower than one each), so the grid
has one process for each core. What is finished is on disk before the parent hears of it.
"""

import csv
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from baseline.child_process import end_with
from baseline.errors import Fault, of_the_disk, of_the_memory
from baseline.files import write_json
from baseline.run_folder import (
    EPOCH_COLUMNS,
    EPOCHS,
    PREDICTIONS,
    RESULT,
    RUN_WITH_WEIGHTS,
    WEIGHTS,
    Training,
)
from baseline.spec import Spec
from baseline.training_data import EpochRecord, Fitted, TrainingData

Clips = NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """What every process knows: the data, and which clips validate which fold of which run."""

    folder: Path
    spec: Spec
    data: TrainingData
    folds: dict[int, Clips]  # run: (clips,) fold of each clip, from 1

    def split(self, run: int, fold: int) -> tuple[Clips, Clips]:
        """The clips that the fold trains on, and those that validate it."""
        fold_of = self.folds[run]
        return np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def work(task: Task, parent: int, connection: Connection) -> None:
    """Train what comes along the pipe, a list of trainings at a time, until it is closed.

    Sends ("epoch", training, epoch), ("done", training) and ("asks",) for the next list; and
    ("fault", code, text, params) or ("broke", traceback) as its last word.
    """
    end_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        while trainings := connection.recv():
            _train(task, trainings, connection.send)
            connection.send(("asks",))
    except EOFError:
        pass  # the parent is gone
    except BrokenPipeError:
        os._exit(1)
    except (Fault, OSError) as error:
        said = error if isinstance(error, Fault) else of_the_disk(error)
        connection.send(("fault", said.code, said.text, said.params))
    except BaseException as error:
        if (fault := of_the_memory(error)) is None:
            connection.send(("broke", traceback.format_exc()))
            raise
        connection.send(("fault", fault.code, fault.text, fault.params))


def _train(task: Task, trainings: list[Training], send: Callable[[Any], None]) -> None:
    if task.spec.device == "cpu":
        for training in trainings:
            _train_one(task, training, send)
    else:
        _train_folds(task, trainings, send)


def _train_one(task: Task, training: Training, send: Callable[[Any], None]) -> None:
    from baseline import fitting

    train, validation = task.split(training.run, training.fold)
    with _epochs_written(task.folder / training.folder) as write:

        def on_epoch(record: EpochRecord) -> None:
            write(record)
            send(("epoch", training, record.epoch))

        fitted = fitting.fit(
            task.data,
            spec=task.spec,
            hidden=training.hidden,
            learning_rate=training.learning_rate,
            run=training.run,
            fold=training.fold,
            train=train,
            validation=validation,
            on_epoch=on_epoch,
        )
    _keep(task, training, fitted, validation)
    send(("done", training))


def _train_folds(task: Task, trainings: list[Training], send: Callable[[Any], None]) -> None:
    """All folds of one point and run at once, as batched matrices."""
    from baseline import stacked

    first = trainings[0]
    splits = [task.split(each.run, each.fold) for each in trainings]
    with ExitStack() as files:
        write = {
            each.fold: files.enter_context(_epochs_written(task.folder / each.folder))
            for each in trainings
        }

        def on_epoch(fold: int, record: EpochRecord) -> None:
            write[fold](record)
            training = Training(first.hidden, first.learning_rate, first.run, fold)
            send(("epoch", training, record.epoch))

        fitted = stacked.fit_folds(
            task.data,
            spec=task.spec,
            hidden=first.hidden,
            learning_rate=first.learning_rate,
            run=first.run,
            folds=[
                (each.fold, train, validation)
                for each, (train, validation) in zip(trainings, splits, strict=True)
            ],
            on_epoch=on_epoch,
        )
    for training, (_, validation), one in zip(trainings, splits, fitted, strict=True):
        _keep(task, training, one, validation)
        send(("done", training))


@contextmanager
def _epochs_written(folder: Path) -> Iterator[Callable[[EpochRecord], None]]:
    """A fresh epochs.csv, a row when an epoch is done, in full precision."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / EPOCHS).open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, EPOCH_COLUMNS, lineterminator="\n")
        rows.writeheader()

        def write(record: EpochRecord) -> None:
            rows.writerow(vars(record))
            file.flush()

        yield write


def _keep(task: Task, training: Training, fitted: Fitted, validation: Clips) -> None:
    """The result last: with it the training is done and never repeated."""
    from safetensors.torch import save

    folder = task.folder / training.folder
    with _durable(folder / PREDICTIONS) as file:
        np.savez(file, clips=validation, probabilities=fitted.probabilities, valence=fitted.valence)
    if training.run == RUN_WITH_WEIGHTS:
        with _durable(folder / WEIGHTS) as file:
            file.write(save({name: each.contiguous() for name, each in fitted.state_dict.items()}))
    told = ("best_epoch", "discrete", "dimensional", "combined", "accuracy")
    write_json(folder / RESULT, {name: getattr(fitted, name) for name in told})


@contextmanager
def _durable(file: Path) -> Iterator[IO[bytes]]:
    """A file, in place of one that an ended process left, that is on the disk when it is closed."""
    with file.open("wb") as written:
        yield written
        written.flush()
        os.fsync(written.fileno())
