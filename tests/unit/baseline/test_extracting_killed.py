"""Extractions that are killed, stopped, or lose a process: real ones, by real signals."""

import json
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from baseline.commands.common import STOPPED
from baseline.errors import Fault
from baseline.extracting.crew import Crew
from baseline.extracting.run import extract, unfinished
from baseline.stores import FeatureStore
from tests.unit.baseline.clips_to_extract import SPEECH, started, table, tone, tones


def read_until(lines: IO[str] | None, done: int) -> int:
    """Read progress until so many clips are done; how many were done at the first word."""
    assert lines is not None
    first = None
    for line in lines:
        told = json.loads(line)
        first = told["done"] if first is None else first
        if told["done"] >= done:
            return int(first)
    raise AssertionError("it ended before")


def children_of(process: int) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def wait_until_gone(processes: Sequence[int], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while any(is_running(process) for process in processes):
        assert time.monotonic() < until, "a process outlived its parent"
        time.sleep(0.02)


def name_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text()


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_process_that_dies_takes_only_its_clip_with_it(tmp_path: Path) -> None:
    """As when a damaged file makes a decoder crash: the process is killed in mid-clip."""
    long = tone(tmp_path / "long.wav", 300, seconds=400)
    clips = [long, *tones(tmp_path, 3)]
    with Crew(SPEECH, processes=1) as crew:
        victim = crew.members[0]

        def kill_in_mid_clip() -> None:
            while victim.clip is None:
                time.sleep(0.001)
            os.kill(victim.process.pid or 0, signal.SIGKILL)

        killer = threading.Thread(target=kill_in_mid_clip)
        killer.start()
        outcomes = {clip.name: outcome for clip, outcome in crew.outcomes(clips)}
        killer.join()
        left = [member.process.pid or 0 for member in crew.members]
    died = outcomes.pop("long")
    assert isinstance(died, Fault)
    assert (died.code, died.params["why"]) == ("extractor_died", "SIGKILL")
    assert {name for name, row in outcomes.items() if isinstance(row, np.ndarray)} == {
        "clip_000", "clip_001", "clip_002",
    }  # fmt: skip
    wait_until_gone(left)


def test_a_killed_extraction_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    clips = tones(tmp_path, 30, seconds=3)
    file, into = table(tmp_path, clips), tmp_path / "store"
    process = started(file, into)
    read_until(process.stdout, done=5)
    children = children_of(process.pid)
    assert len(children) >= 2
    process.kill()
    process.wait(10)
    wait_until_gone(children)
    assert not into.exists()
    with unfinished(into).open("ab") as log:
        log.write(b"\x08\x00\x00\x00\x00clip")  # as if killed in mid-write, too
    again = started(file, into)
    first = read_until(again.stdout, done=30)
    assert again.wait(30) == 0
    assert 5 <= first < 30
    store = FeatureStore.open(into, verify=True)
    assert store.names == [clip.name for clip in clips]
    assert store.digest == extract(SPEECH, clips, tmp_path / "at once", "tones").store.digest


def test_nobody_works_on_at_a_long_clip_for_a_parent_that_was_killed(tmp_path: Path) -> None:
    file = table(tmp_path, [tone(tmp_path / "long.wav", 300, seconds=590)])
    process = started(file, tmp_path / "store")
    read_until(process.stdout, done=0)
    busy = [child for child in children_of(process.pid) if "spawn_main" in name_of(child)]
    time.sleep(0.3)  # it has its clip, which takes it seconds
    process.kill()
    process.wait(10)
    assert len(busy) == 1
    wait_until_gone(busy, seconds=1)


@pytest.mark.parametrize("how", ["SIGTERM", "end of standard input"])
def test_a_stopped_extraction_keeps_what_is_done_and_leaves_no_process(
    tmp_path: Path, how: str
) -> None:
    file, into = table(tmp_path, tones(tmp_path, 30, seconds=3)), tmp_path / "store"
    process = started(file, into, "--while-stdin-open")
    read_until(process.stdout, done=3)
    children = children_of(process.pid)
    if how == "SIGTERM":
        process.terminate()
    else:
        assert process.stdin is not None
        process.stdin.close()
    assert process.wait(10) == STOPPED
    wait_until_gone(children)
    again = started(file, into)
    assert read_until(again.stdout, done=0) >= 3
    again.terminate()
    again.wait(10)
