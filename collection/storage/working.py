"""Folders of this machine for what a bucket's files are worked on in."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

NAMED = "concord-media-"
HELD_WITHIN = 60  # s after it was made


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder that is held, with a lock that ends with the process, until it is removed."""
    _remove_left()
    with ExitStack() as held, TemporaryDirectory(prefix=NAMED) as folder:
        with suppress(OSError):  # where nothing can be locked, nobody removes it either
            held.enter_context(_holding(Path(folder)))
        yield Path(folder)


def _remove_left() -> None:
    """Remove what killed processes have left of theirs."""
    for left in Path(gettempdir()).glob(f"{NAMED}*"):
        with suppress(OSError):  # it is held, another user's, or has just been removed
            if left.stat().st_mtime < time.time() - HELD_WITHIN:
                with _holding(left):
                    shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _holding(folder: Path) -> Iterator[None]:
    """Raises BlockingIOError while another one holds it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
