"""What all commands have in common: how they tell what they do, say no, and end.

`--progress lines` is for a program that started the command: a JSON object a line on standard
output, {"done", "total", "code", "text", "params"}, and {"fault": {"code", "text", "params"}}
before it ends with 2. `--while-stdin-open` is for a program that may be killed.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from baseline.errors import Fault
from baseline.labels import VALENCE_RANGE
from baseline.stores import FeatureStore

STOPPED = 128 + signal.SIGTERM
INTERRUPTED = 128 + signal.SIGINT
EVERY_S = 10.0  # between two lines of a log; a terminal's line is written anew each time


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise Fault(
            "wrong_arguments",
            f"{message[:1].upper()}{message[1:]}. See `{self.prog} --help`.",
            why=message,
        )


def add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--progress",
        choices=["text", "lines"],
        default="text",
        help="lines: one JSON object a line, for a program that reads them",
    )
    parser.add_argument(
        "--while-stdin-open",
        action="store_true",
        help="end at once when standard input is closed, as by the death of who started it",
    )


def add_valence_range(parser: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    parser.add_argument(
        "--valence-range",
        type=_low_and_high,
        default=VALENCE_RANGE,
        metavar="LOW,HIGH",
        help="what valences the labels may have (-5,5); write it as --valence-range=-5,5",
    )


def _low_and_high(text: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            "it takes two numbers, such as --valence-range=-5,5"
        ) from error
    return low, high


class Say:
    """Tells how far a command is: `say(done, total, code, text, **params)`; `say.end(text)`."""

    def __init__(self, *, lines: bool) -> None:
        self.lines = lines
        self.terminal = not lines and sys.stderr.isatty()
        self._last = -EVERY_S
        self._code = ""
        self._open_line = False

    def __call__(self, done: int, total: int, code: str, text: str, /, **params: Any) -> None:
        """`code` and `params` are for a page that says it in another language."""
        if self.lines:
            told = {"done": done, "total": total, "code": code, "text": text, "params": params}
            _print_json(told)
        elif self.terminal:
            line = f"{done}/{total} {text}"[: shutil.get_terminal_size().columns - 1]
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._open_line = True
        elif code != self._code or time.monotonic() - self._last >= EVERY_S or done == total:
            print(f"{done}/{total} {text}", file=sys.stderr, flush=True)
            self._last, self._code = time.monotonic(), code

    def end(self, text: str) -> None:
        """What came of it, for a person; a program reads the files."""
        self._close_line()
        if not self.lines:
            print(text, flush=True)

    def fault(self, fault: Fault) -> None:
        self._close_line()
        if self.lines:
            told = {"code": fault.code, "text": fault.text, "params": fault.params}
            _print_json({"fault": told})
        else:
            print(f"error: {fault.text}", file=sys.stderr, flush=True)

    def _close_line(self) -> None:
        if self._open_line:
            print(file=sys.stderr, flush=True)
            self._open_line = False


def _print_json(told: dict[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=True, default=str), flush=True)


def end_with_stdin() -> None:
    """End this process when standard input is closed; it must not be read elsewhere."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os._exit(STOPPED)  # with all its threads; children end with it, too

    threading.Thread(target=watch, daemon=True, name="while stdin is open").start()


def stop_on_sigterm() -> None:
    """SIGTERM unwinds as Ctrl-C does, so that what is half-written is put right."""

    def stop(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(STOPPED)

    signal.signal(signal.SIGTERM, stop)


def stores_of(given: Sequence[str]) -> dict[str, FeatureStore]:
    """The feature sets by modality, of `--features A,L,V` or `--features A --features L`.

    Raises Fault for two of one modality.
    """
    stores: dict[str, FeatureStore] = {}
    parts = (
        part for text in given for part in ([text] if Path(text).is_dir() else text.split(","))
    )
    for folder in parts:
        store = FeatureStore.open(folder)
        if store.modality in stores:
            raise Fault(
                "two_feature_sets_of_a_modality",
                f"{folder}: there is another {store.modality} feature set, and a network takes one "
                "per modality. Leave one of them out, or train each in a run of its own.",
                features=store.name,
                modality=store.modality,
            )
        stores[store.modality] = store
    return stores
