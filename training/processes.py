"""The baseline at work: a process of its own, so that a worker stays small and can end it.

It dies with the worker, whatever kills that: its standard input closes.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from baseline.errors import Fault
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2  # s
ENDS_WITHIN = 4.0  # s that an ended process may take to put down what it holds
LAST_WORDS = 4000  # characters of what it wrote to standard error

Line = Mapping[str, Any]


def refusal_of(fault: Fault, status: int = 409) -> Refusal:
    """What the baseline says no to, as everybody here says no."""
    return Refusal(fault.code, fault.text, status, **fault.params)


def run_baseline(*arguments: str | Path, progress: Progress, keeps: bool = False) -> Line:
    """`python -m baseline …` until it ends; its progress lines become the job's. The last of them.

    `keeps`: what it has done outlives it, so that starting it again goes on. Raises Refusal for a
    fault that it tells, and whatever `progress.check` raises, after having ended the process.
    """
    command = [sys.executable, "-m", "baseline", *map(str, arguments)]
    command += ["--progress", "lines", "--while-stdin-open"]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        child = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )
        reader = _Reader(child.stdout, progress, keeps)
        try:
            while reader.is_alive():
                progress.check()
                reader.join(LOOK_EVERY)
            status = child.wait()
        finally:
            _end(child)
            reader.join()
        _judge(status, reader.fault, _last_words(errors))
        return reader.last


class _Reader(threading.Thread):
    """Reads the process's lines until it closes its output, so that it never waits for us."""

    def __init__(self, output: IO[str] | None, progress: Progress, keeps: bool) -> None:
        super().__init__(name="baseline", daemon=True)
        assert output is not None
        self.output, self.progress, self.keeps = output, progress, keeps
        self.fault: Line | None = None
        self.last: Line = {}
        self.start()

    def run(self) -> None:
        for text in self.output:
            try:
                line = json.loads(text)
            except ValueError:
                log.warning("the baseline wrote: %s", text.rstrip()[:LAST_WORDS])
                continue
            if "fault" in line:
                self.fault = line["fault"]
            else:
                self._report(line)

    def _report(self, line: Line) -> None:
        if self.keeps and self.last and line["done"] > self.last["done"]:
            self.progress.kept()
        self.last = line
        said = Said(line["code"], line["text"], **line["params"])
        self.progress.report(line["done"], line["total"], said)


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    assert child.stdin is not None
    child.stdin.close()


def _judge(status: int, fault: Line | None, words: str) -> None:
    if fault is not None:
        raise Refusal(fault["code"], fault["text"], **fault["params"])
    if status < 0:
        name = signal.Signals(-status).name
        raise Refusal(
            "baseline_was_killed",
            f"The process that did the work was killed ({name}), perhaps for lack of memory. What "
            "it had finished is kept: start it again.",
            signal=name,
        )
    if status != 0:
        log.error("the baseline ended with status %s:\n%s", status, words)
        last = words.strip().splitlines()[-1] if words.strip() else f"exit status {status}"
        raise RuntimeError(last)


def _last_words(errors: IO[str]) -> str:
    errors.flush()
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - LAST_WORDS))
    return errors.read()
