"""Media in a folder, MEDIA_ROOT: on this machine's disk, or a path that several machines share."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from collection.storage import files
from collection.storage.place import About, unchecked


@dataclass(frozen=True)
class Folder:
    root: Path

    def put(self, source: Path, name: str) -> None:
        files.copy(source, self._made(name))

    def receive(self, chunks: Iterable[bytes], name: str) -> None:
        files.write(chunks, self._made(name))

    def link(self, name: str, twin: str) -> None:
        """A hard link: it takes no room, and the content is there until both are removed. Where
        the disk has none, or no more of one file, it is copied."""
        source, target = self.root / name, self._made(twin)
        try:
            os.link(source, target)
        except FileExistsError:
            return
        except FileNotFoundError:
            raise
        except OSError:
            files.copy(source, target)

    def about(self, name: str) -> About:
        state = (self.root / name).stat()
        return About(state.st_size, state.st_mtime)

    def opened(self, name: str) -> IO[bytes]:
        return (self.root / name).open("rb")

    def part(self, name: str, first: int, length: int) -> bytes:
        with self.opened(name) as file:
            file.seek(first)
            return file.read(length)

    @contextmanager
    def local(self, name: str, check: Callable[[], None] = unchecked) -> Iterator[Path]:
        yield self.root / name

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        yield self._made(name)

    @contextmanager
    def workshop(self, name: str) -> Iterator[Path]:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        yield folder

    def fetch(self, name: str, to: Path, check: Callable[[], None] = unchecked) -> None:
        files.copy(self.root / name, to)

    def remove(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)

    def remove_each(self, names: Iterable[str], check: Callable[[], None] = unchecked) -> None:
        for name in names:
            self.remove(name)

    def remove_all(self, name: str, check: Callable[[], None] = unchecked) -> None:
        path = self.root / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def listed(self, folder: str, depth: int) -> Iterator[tuple[str, float]]:
        for path in (self.root / folder).glob("/".join("*" * depth)):
            with suppress(FileNotFoundError):  # whose it is has just removed it
                yield path.relative_to(self.root).as_posix(), path.stat().st_mtime

    def end_unfinished(self, before: float) -> None:
        """What is unfinished lies beside its place, and goes with the folder that it is in."""

    def room(self) -> int | None:
        self.root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.root).free

    def _made(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
