"""Archives that somebody sends: read in place, never unpacked to disk, bounded."""

import gzip
import io
import lzma
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

from baseline.clip_names import counted, listed
from baseline.errors import Fault

MIB = 1024 * 1024
MOST_PACKED = 100  # times; features hardly pack at all
SLACK = 64 * MIB  # small archives may pack better
DAMAGED = (zlib.error, lzma.LZMAError, EOFError, OSError)
LARGEST = 4096 * MIB  # one file within


class Archive:
    """A .zip or .npz whose entries may be read: none outside, none encrypted, no bomb."""

    def __init__(self, file: Path) -> None:
        """Raises Fault: this is no archive, or one that is not to be opened."""
        self.file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise _not_an_archive(file, str(error)) from error
        everything = self._zip.infolist()
        self._refuse_hostile(everything)
        paths = [(_parts(_name(entry)), entry) for entry in everything]
        self.entries = [(parts, entry) for parts, entry in paths if parts and not _is_litter(parts)]
        times = Counter(parts for parts, _ in self.entries)
        if twice := ["/".join(parts) for parts in times if times[parts] > 1]:
            raise _not_an_archive(file, f"it holds {listed(twice)} several times")

    def _refuse_hostile(self, entries: list[zipfile.ZipInfo]) -> None:
        file = self.file
        outside = [name for name in map(_name, entries) if _is_outside(name)]
        if outside:
            raise Fault(
                "archive_path_outside",
                f"{file.name}: no path in an archive may lead out of it, and "
                f"{counted(len(outside), 'path')} do: {listed(outside)}. Make the archive anew.",
                file=file.name,
                count=len(outside),
                paths=listed(outside),
            )
        if any(entry.flag_bits & 1 for entry in entries):
            raise Fault(
                "archive_encrypted",
                f"{file.name}: an archive must not be encrypted, and this one is. Make it anew "
                "without a password.",
                file=file.name,
            )
        check_size(file, sum(entry.file_size for entry in entries))
        largest = max((entry.file_size for entry in entries), default=0)
        if largest > LARGEST:
            raise too_large(file, largest, LARGEST)

    def read(self, entry: zipfile.ZipInfo) -> bytes:
        """One entry's bytes; never more than it said. Raises Fault where it is damaged."""
        try:
            return self._zip.read(entry)
        except (zipfile.BadZipFile, NotImplementedError, *DAMAGED) as error:
            why = f"{entry.filename}: {error}"
            raise _not_an_archive(self.file, why) from error


class Bounded(io.RawIOBase):
    """A packed file's bytes as they come, stopped when they become implausibly many."""

    def __init__(self, unpacked: gzip.GzipFile, file: Path) -> None:
        self._unpacked = unpacked
        self._file = file
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._unpacked.read(len(into))
        except DAMAGED as error:
            raise _not_an_archive(self._file, str(error)) from error
        into[: len(data)] = data
        self._read += len(data)
        check_size(self._file, self._read)
        return len(data)


def check_size(file: Path, unpacked: int) -> None:
    """Raises Fault where a packed file comes to far more than features ever do."""
    most = MOST_PACKED * file.stat().st_size + SLACK
    if unpacked > most:
        raise too_large(file, unpacked, most)


def too_large(file: Path, size: int, most: int) -> Fault:
    return Fault(
        "archive_too_large",
        f"{file.name}: unpacked it may have {most // MIB} MiB, and it has {size // MIB} MiB or "
        "more. Send the features unpacked, or in several archives.",
        file=file.name,
        most=most // MIB,
        size=size // MIB,
    )


def _name(entry: zipfile.ZipInfo) -> str:
    """A name that is not marked as UTF-8 is taken for it where it can be."""
    marked = entry.flag_bits & 0x800
    try:
        return entry.filename if marked else entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name.replace("\\", "/")).parts


def _is_outside(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or path[1:2] == ":"


def _is_litter(parts: tuple[str, ...]) -> bool:
    """What file managers add."""
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _not_an_archive(file: Path, why: str) -> Fault:
    return Fault(
        "archive_damaged",
        f"{file.name}: this must be a whole archive (.zip, .npz or .gz), and it is not ({why}). "
        "Make or copy it again.",
        file=file.name,
        why=why,
    )
