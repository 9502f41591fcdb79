"""Features while they are extracted: one file that grows by a clip at a time.

    a line of JSON: what it is a log of
    per clip: length of the name (u32), empty (u8), name (UTF-8), row (float32), CRC-32 of all that

A process killed in mid-write leaves a torn last record, which the next one drops: it costs one
clip. Whatever else is no whole record (a disk that lost power) is dropped with all that follows.
"""

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from baseline.clip_names import check_names
from baseline.errors import Fault
from baseline.store_files import BLOCK, Numbers
from baseline.stores import FeatureStore, not_finite, recipe_id, write_blocks

FORMAT = "rows of features, 1"
HEAD = struct.Struct("<IB")
TAIL = struct.Struct("<I")
LONGEST_NAME = 65_536  # bytes; a torn record may claim any length


class RowLog:
    """The finished clips of an extraction, in the order in which they were finished."""

    def __init__(self, file: Path, about: Mapping[str, Any]) -> None:
        """Use `RowLog.open`."""
        self.file = file
        self.about = about
        self.dimension = int(about["dimension"])
        self._at: dict[str, int] = {}  # where each clip's row begins in the file
        self._empty: set[str] = set()
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._lock()
            self._end = self._begin()
        except BaseException:
            os.close(self._handle)
            raise

    @classmethod
    def open(
        cls,
        file: Path | str,
        *,
        name: str,
        modality: str,
        dimension: int,
        recipe: Mapping[str, str],
        source: str,
    ) -> "RowLog":
        """Begin a log, or go on with the one that is there.

        Raises Fault: another process writes to it; it was begun with another recipe or dimension.
        """
        about = {"name": name, "modality": modality, "source": source, "recipe": dict(recipe)}
        return cls(Path(file), {"format": FORMAT, **about, "dimension": dimension})

    def __contains__(self, clip: str) -> bool:
        return clip in self._at

    def __len__(self) -> int:
        return len(self._at)

    @property
    def names(self) -> list[str]:
        return list(self._at)

    def append(self, clip: str, row: Numbers | None) -> None:
        """Keep one finished clip: its row (dimension,), or None where nothing was there.

        Raises Fault: a value that is not finite, a name not fit for one.
        """
        check_names([clip], self.about["name"])
        if clip in self._at:
            raise ValueError(f"clip {clip} is in the log already")
        values = np.zeros(self.dimension) if row is None else np.asarray(row)
        if values.shape != (self.dimension,):
            raise ValueError(f"clip {clip}: a row of {values.shape}, not ({self.dimension},)")
        with np.errstate(over="ignore"):
            kept = np.ascontiguousarray(values, dtype="<f4")
        if not np.isfinite(kept).all():
            column = int(np.flatnonzero(~np.isfinite(kept))[0])
            raise not_finite(self.about["name"], [clip], column, values[column])
        text = clip.encode()
        record = HEAD.pack(len(text), row is None) + text + kept.tobytes()
        self._write(record + TAIL.pack(zlib.crc32(record)))
        self._remember(clip, self._end + HEAD.size + len(text), row is None)
        self._end += len(record) + TAIL.size

    def finish(
        self,
        folder: Path | str,
        order: Sequence[str],
        *,
        extending: FeatureStore | None = None,
    ) -> FeatureStore:
        """Make a store of the clips of `order` that are there, in that order; remove the log.

        `extending` a store of the same recipe takes the rows from it that are not in the log, and
        its clips that `order` does not name come first. If its folder is `folder`, it is replaced.
        Raises Fault: not one clip is there, the recipes differ, the folder is taken.
        """
        if extending and extending.recipe_id != recipe_id(self.about["recipe"]):
            raise _differs(self.file, extending.recipe, self.about["recipe"])
        older = extending.rows(extending.names) if extending else np.zeros(0, dtype=np.int64)
        there = extending.names if extending else []
        row_of = dict(zip(there, older.tolist(), strict=True))
        named = set(order)
        names = [clip for clip in there if clip not in named]
        names += [clip for clip in order if clip in self._at or clip in row_of]
        flags = np.array(
            [
                clip in self._empty
                if clip in self._at
                else bool(extending is not None and extending.empty[row_of[clip]])
                for clip in names
            ],
            dtype=bool,
        )
        about = {key: self.about[key] for key in ("name", "modality", "source", "recipe")}
        store = write_blocks(
            folder,
            about,
            names,
            self.dimension,
            self._blocks(names, row_of, extending),
            flags,
            replace=extending is not None and Path(folder) == extending.folder,
        )
        self.file.unlink()
        self.close()
        return store

    def close(self) -> None:
        """Keep the log for another time."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> "RowLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Fault(
                "extraction_is_running",
                f"{self.file}: another process extracts these features at the moment. Wait for "
                "it, or stop it first.",
                file=self.file.name,
            ) from error

    def _begin(self) -> int:
        """Read what is there, drop a torn tail; where the next record goes."""
        with open(self._handle, "rb", closefd=False) as read:
            heading = read.readline()
            line = json.dumps(self.about, ensure_ascii=False).encode() + b"\n"
            if line.startswith(heading) and heading != line:  # new, or killed while it was begun
                os.ftruncate(self._handle, 0)
                self._end = 0
                self._write(line)
                return len(line)
            self._check(heading)
            end = len(heading)
            while record := self._next(read):
                clip, is_empty, length = record
                self._remember(clip, end + length - TAIL.size - self.dimension * 4, is_empty)
                end += length
        os.ftruncate(self._handle, end)
        return end

    def _next(self, read: Any) -> tuple[str, bool, int] | None:
        """The next whole record: clip, empty, bytes."""
        head = read.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        named, is_empty = HEAD.unpack(head)
        if named > LONGEST_NAME:
            return None
        body = read.read(named + self.dimension * 4)
        tail = read.read(TAIL.size)
        whole = len(body) == named + self.dimension * 4 and len(tail) == TAIL.size
        if not whole or TAIL.unpack(tail)[0] != zlib.crc32(body, zlib.crc32(head)):
            return None
        return body[:named].decode(), bool(is_empty), HEAD.size + len(body) + TAIL.size

    def _check(self, heading: bytes) -> None:
        try:
            about = json.loads(heading)
        except ValueError:
            about = None
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise Fault(
                "row_log_unreadable",
                f"{self.file}: this is not a log of features that are being extracted. Remove "
                "the file; the extraction then begins anew.",
                file=self.file.name,
            )
        if about.get("recipe") != self.about["recipe"] or about["dimension"] != self.dimension:
            was = {**about["recipe"], "dimension": str(about["dimension"])}
            now = {**self.about["recipe"], "dimension": str(self.dimension)}
            raise _differs(self.file, was, now)

    def _remember(self, clip: str, at: int, is_empty: bool) -> None:
        self._at[clip] = at
        if is_empty:
            self._empty.add(clip)

    def _write(self, record: bytes) -> None:
        done = 0
        while done < len(record):
            done += os.pwrite(self._handle, record[done:], self._end + done)

    def _blocks(
        self, names: Sequence[str], row_of: Mapping[str, int], older: FeatureStore | None
    ) -> Iterator[Numbers]:
        for start in range(0, len(names), BLOCK):
            clips = names[start : start + BLOCK]
            block = np.empty((len(clips), self.dimension), dtype="<f4")
            for row, clip in enumerate(clips):
                if clip in self._at:
                    read = os.pread(self._handle, self.dimension * 4, self._at[clip])
                    block[row] = np.frombuffer(read, dtype="<f4")
                elif older is not None:
                    block[row] = older.matrix[row_of[clip]]
            yield block


def _differs(file: Path, was: Mapping[str, str], now: Mapping[str, str]) -> Fault:
    keys = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
    shown = "; ".join(f"{key} was {was.get(key)}, is {now.get(key)}" for key in keys)
    return Fault(
        "extraction_changed",
        f"{file}: rows of one feature set must all be made alike, and these are not: {shown}. "
        "Extract into another feature set, or go on with what it was begun with.",
        file=file.name,
        differs=shown,
    )
