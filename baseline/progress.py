"""How far a run is and how long it will take: status.json and a line for who started it."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from baseline import run_folder
from baseline.errors import Fault
from baseline.run_folder import Training
from baseline.spec import Spec

EVERY_S = 1.0


class Progress:
    """Hears of every epoch, and tells about once a second."""

    def __init__(
        self, folder: Path, spec: Spec, plan: list[Training], say: Callable[..., None]
    ) -> None:
        self.folder, self.spec, self.plan, self.say = folder, spec, plan, say
        self.finished = {each for each in plan if run_folder.is_done(folder, each)}
        self.running: dict[Training, int] = {}  # epoch
        self.at_once = 1  # trainings beside each other
        self._since: dict[Training, float] = {}
        self._seconds: dict[int, list[float]] = {}  # by h: [seconds, epochs] measured
        self._told_at = 0.0

    def begin(self) -> None:
        self._tell()

    def epoch(self, training: Training, epoch: int) -> None:
        now = time.monotonic()
        if training in self._since:
            measured = self._seconds.setdefault(training.hidden, [0.0, 0.0])
            measured[0] += now - self._since[training]
            measured[1] += 1
        self._since[training] = now
        self.running[training] = epoch

    def done(self, training: Training) -> None:
        self.finished.add(training)
        self.running.pop(training, None)
        self._since.pop(training, None)

    def tick(self) -> None:
        if time.monotonic() - self._told_at >= EVERY_S:
            self._tell()

    def end(self, state: str) -> None:
        self.running.clear()
        with suppress(Fault):  # of a full disk: why it ended is told already
            run_folder.write_status(self.folder, self._status(state, None))

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        left = self.seconds_left()
        run_folder.write_status(self.folder, self._status("running", left))
        done, total = len(self.finished), len(self.plan)
        epochs = ", ".join(
            f"h {each.hidden} lr {each.learning_rate:g} run {each.run} fold {each.fold}: "
            f"epoch {epoch}"
            for each, epoch in list(self.running.items())[:2]
        )
        for_people = "" if left is None else f", {clock(left)} left"
        self.say(
            done,
            total,
            "training_folds",
            f"trainings done{for_people}{f' ({epochs})' if epochs else ''}",
            done=done,
            total=total,
            seconds_left=left,
        )

    def _status(self, state: str, left: float | None) -> dict[str, Any]:
        return {
            "state": state,
            "done": len(self.finished),
            "total": len(self.plan),
            "running": [{**vars(each), "epoch": epoch} for each, epoch in self.running.items()],
            "seconds_left": left,
        }

    def seconds_left(self) -> float | None:
        """By the epochs measured so far; of a network size not yet begun by its size. None at
        first."""
        if not any(epochs for _, epochs in self._seconds.values()):
            return None
        todo = [
            self._epoch_seconds(each.hidden) * (self.spec.epochs - self.running.get(each, 0))
            for each in self.plan
            if each not in self.finished
        ]
        return max(sum(todo) / self.at_once, max(todo, default=0.0))

    def _epoch_seconds(self, hidden: int) -> float:
        nearest = min(self._seconds, key=lambda known: abs(known - hidden))
        seconds, epochs = self._seconds[nearest]
        return seconds / epochs * hidden / nearest


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
