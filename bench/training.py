"""The grid of §3.6 on 3,373 clips with 1024 + 1024 + 512 features, beside a plain loop.

`python -m baseline train` and the reference (`bench.support.plain_training`: a DataLoader loop in
one process with two threads) have the same two cores, by turns: while one goes on, the others
stand still. Their epochs per second give the time for all 90 trainings of 100 epochs. Then both
train the same point of the grid on five folds, and have to come to the same metrics.
"""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.support import labeled, place, results

SIZES = (128, 256)  # h
TRAININGS = 45  # of each size: learning rates × runs × folds
EPOCHS = 100
START_S = 60.0  # for the first epoch of a process, at most


@dataclass
class Turn:
    """A program that trains, stands still unless it is its turn, and counts its epochs."""

    process: subprocess.Popen[bytes]
    folder: Path | None  # the run's; None for the reference, which prints its epochs
    said: Path
    seconds: float = 0.0
    before: int = 0

    def begin(self) -> None:
        """Up to its second epoch: what it takes to start is no part of the figures."""
        until = time.monotonic() + START_S
        os.killpg(self.process.pid, signal.SIGCONT)
        while self.done() < 2:
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"it does not train:\n{self.said.read_text()[-3000:]}")
            time.sleep(0.01)
        os.killpg(self.process.pid, signal.SIGSTOP)
        self.before = self.done()

    def go_on(self, seconds: float) -> None:
        start = time.monotonic()
        os.killpg(self.process.pid, signal.SIGCONT)
        time.sleep(seconds)
        os.killpg(self.process.pid, signal.SIGSTOP)
        self.seconds += time.monotonic() - start
        assert self.process.poll() is None, "it is at its end: give it more epochs"

    def done(self) -> int:
        """Epochs so far, of all its trainings."""
        if self.folder is None:
            return self.said.read_bytes().count(b"\n")
        files = self.folder.glob("folds/*/epochs.csv")
        return sum(max(0, file.read_bytes().count(b"\n") - 1) for file in files)

    @property
    def per_epoch(self) -> float:
        """Seconds."""
        return self.seconds / (self.done() - self.before)

    def megabytes(self) -> float:
        """The most that each of its processes has held; what they share counts for each."""
        kilobytes = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                group = int(stat.read_text().rpartition(")")[2].split()[2])
                if group == self.process.pid:
                    status = (stat.parent / "status").read_text()
                    kilobytes += int(status.partition("VmHWM:")[2].split()[0])
        return kilobytes / 1024


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="each in turn, so often")
    parser.add_argument("--seconds", type=float, default=8.0, help="of a turn")
    parser.add_argument("--compared", type=int, default=15, help="epochs for the same metrics")
    parser.add_argument("--whole", action="store_true", help="train all 90, to the end")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-place.CORES :])  # children inherit it
    with tempfile.TemporaryDirectory(prefix="concord-bench-") as home:
        folder = Path(home)
        made = labeled.make(folder)
        plain, ours, said = by_turns(folder, made, options.rounds, options.seconds)
        figures = [
            f"90 trainings: plain {plain:.0f} s, here {ours:.0f} s, {plain / ours:.1f} times",
            said,
        ]
        if options.whole:
            whole = trained(ours_command(made, folder / "whole", "128,256"), folder / "whole.txt")
            figures.append(f"all 90 really trained {whole:.0f} s, {plain / whole:.1f} times")
        same, right = compare(folder, made, options.compared)
    results.report("training", "; ".join([*figures, same]), record=options.record)
    if not right:
        raise SystemExit("the metrics are not the same")


def by_turns(
    folder: Path, made: labeled.Made, rounds: int, seconds: float
) -> tuple[float, float, str]:
    """Seconds of the whole grid for the reference and for the product, and how they come about."""
    with ExitStack() as started:
        plain, ours = {}, {}
        for hidden in SIZES:
            said, run = folder / f"plain-{hidden}.txt", folder / f"run-{hidden}"
            plain[hidden] = Turn(
                started.enter_context(start(plain_command(folder, hidden), said)), None, said
            )
            plain[hidden].begin()
            command, said = ours_command(made, run, str(hidden)), folder / f"ours-{hidden}.txt"
            ours[hidden] = Turn(started.enter_context(start(command, said)), run, said)
            ours[hidden].begin()
        for _ in range(rounds):
            for hidden in SIZES:
                plain[hidden].go_on(seconds)
                ours[hidden].go_on(seconds)
        megabytes = max(turn.megabytes() for turn in ours.values())
    parts = [
        f"h = {hidden}: {1000 * plain[hidden].per_epoch:.0f} and "
        f"{1000 * ours[hidden].per_epoch:.0f} ms an epoch"
        for hidden in SIZES
    ]
    return (
        sum(TRAININGS * EPOCHS * turn.per_epoch for turn in plain.values()),
        sum(TRAININGS * EPOCHS * turn.per_epoch for turn in ours.values()),
        f"{', '.join(parts)}, at most {megabytes:.0f} MB",
    )


def compare(folder: Path, made: labeled.Made, epochs: int) -> tuple[str, bool]:
    """The metrics of five folds' best epochs: the means differ by less than the folds do."""
    run, said = folder / "compared", folder / "compared.txt"
    trained(plain_command(folder, SIZES[0], epochs), said)
    plain = json.loads(said.read_text().splitlines()[-1])
    grid = ["--learning-rates", "1e-3", "--runs", "1", "--epochs", str(epochs)]
    trained([*ours_command(made, run, str(SIZES[0])), *grid], folder / "ours-compared.txt")
    ours = [json.loads(file.read_text()) for file in run.glob("folds/*/result.json")]
    assert len(ours) == len(plain) == 5
    parts, right = [], True
    for metric in ("discrete", "dimensional", "combined"):
        pair = [[fold[metric] for fold in found] for found in (plain, ours)]
        means, sds = [*map(statistics.mean, pair)], [*map(statistics.stdev, pair)]
        right &= abs(means[0] - means[1]) <= max(sds)
        parts.append(f"{metric} {means[0]:.3f}±{sds[0]:.3f} and {means[1]:.3f}±{sds[1]:.3f}")
    return f"{epochs} epochs, five folds: {', '.join(parts)}", right


def plain_command(folder: Path, hidden: int, epochs: int = EPOCHS) -> list[str]:
    module = "bench.support.plain_training"
    return [sys.executable, "-m", module, str(folder), f"--hidden={hidden}", f"--epochs={epochs}"]


def ours_command(made: labeled.Made, run: Path, hidden: str) -> list[str]:
    command = [sys.executable, "-m", "baseline", "train", "--into", str(run), "--hidden", hidden]
    for features in made.features:
        command += ["--features", str(features)]
    return [*command, "--labels", str(made.labels), "--classes", ",".join(labeled.CLASSES)]


@contextmanager
def start(command: list[str], said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process group of its own, which ends with the `with`."""
    with said.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def trained(command: list[str], said: Path) -> float:
    """Run the command to its end; seconds."""
    begun = time.monotonic()
    with start(command, said) as process:
        if process.wait() != 0:
            raise SystemExit(f"{' '.join(command[1:4])} failed:\n{said.read_text()[-3000:]}")
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
