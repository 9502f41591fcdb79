"""What is done with media by their names, wherever they are."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, NamedTuple, Protocol


class About(NamedTuple):
    size: int  # bytes
    changed: float  # s since 1970


def unchecked() -> None:
    """For work that nobody stops."""


class Place(Protocol):
    """A name that is not there raises FileNotFoundError, unless it is to be removed."""

    def put(self, source: Path, name: str) -> None:
        """Keep a copy of a whole file, whole or not at all."""

    def receive(self, chunks: Iterable[bytes], name: str) -> None:
        """Keep what is sent, whole or not at all."""

    def link(self, name: str, twin: str) -> None:
        """Give a file another name beside its own, where possible without a second copy; either
        may be removed."""

    def about(self, name: str) -> About: ...

    def opened(self, name: str) -> IO[bytes]:
        """The file, to be read once and closed."""

    def part(self, name: str, first: int, length: int) -> bytes: ...

    def local(
        self, name: str, check: Callable[[], None] = unchecked
    ) -> AbstractContextManager[Path]:
        """The file on this machine's disk, with the ending of its name, to be read only."""

    def new(self, name: str) -> AbstractContextManager[Path]:
        """Where to write a file, whole or not at all, that is kept when the block ends well."""

    def workshop(self, name: str) -> AbstractContextManager[Path]:
        """A folder of this machine for files that are made for what lies below `name`."""

    def fetch(self, name: str, to: Path, check: Callable[[], None] = unchecked) -> None:
        """Bring a copy to this machine, whole or not at all."""

    def remove(self, name: str) -> None: ...

    def remove_each(self, names: Iterable[str], check: Callable[[], None] = unchecked) -> None: ...

    def remove_all(self, name: str, check: Callable[[], None] = unchecked) -> None:
        """Remove a file, or a folder with all that is in it."""

    def listed(self, folder: str, depth: int) -> Iterator[tuple[str, float]]:
        """The files and folders so many levels below a folder, and when each last changed."""

    def end_unfinished(self, before: float) -> None:
        """Forget what killed processes began to keep before this time."""

    def room(self) -> int | None:
        """How many bytes fit; None where nobody knows."""
