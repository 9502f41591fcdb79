"""A folder as a zip that is written while it is sent: stored as it is, a piece at a time."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

PIECE = 1024 * 1024  # bytes; weights do not compress


def stored(folder: Path, *, below: str) -> Iterator[bytes]:
    """The zip's bytes; its files lie below a folder of that name. One piece is in memory."""
    out = _Outgoing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as zipped:
        for path in sorted(each for each in folder.iterdir() if each.is_file()):
            entry = zipfile.ZipInfo.from_file(path, f"{below}/{path.name}")
            with path.open("rb") as file, zipped.open(entry, "w") as inside:
                while piece := file.read(PIECE):
                    inside.write(piece)
                    yield out.taken()
            yield out.taken()
    yield out.taken()


class _Outgoing(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        written = b"".join(self.pieces)
        self.pieces.clear()
        return written
