"""Which bytes a request asks for (RFC 9110, §13 and §14), without any web framework."""

import re
from dataclasses import dataclass

BYTES = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*\Z", re.IGNORECASE)
LONGEST_NUMBER = 19  # digits; more is no file's size


@dataclass(frozen=True)
class Part:
    first: int
    last: int  # inclusive

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Unsatisfiable(Exception):
    """The range lies behind the end of the file: 416."""


def asked_part(header: str | None, *, size: int, at_most: int) -> Part | None:
    """The part to answer with, of `at_most` bytes; None is the whole file.

    §14.2 lets a server ignore a Range header: one that is malformed, of another unit,
    or asks for several ranges at once gets the whole file.
    """
    match = BYTES.match(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first_digits, last_digits = match.groups()
    if max(len(first_digits), len(last_digits)) > LONGEST_NUMBER:
        return None
    if not first_digits:  # the last n bytes
        wanted = min(int(last_digits), size)
        if wanted == 0:
            raise Unsatisfiable
        first, last = size - wanted, size - 1
    else:
        first = int(first_digits)
        last = int(last_digits) if last_digits else size - 1
        if last_digits and last < first:
            return None  # malformed
        if first >= size:
            raise Unsatisfiable
    return Part(first, min(last, size - 1, first + at_most - 1))


def if_range_holds(header: str | None, *, etag: str) -> bool:
    """§13.1.5: a Range counts only if this is still the same file (strong comparison).

    We send no Last-Modified, so a date can never be the same.
    """
    return header is None or header.strip() == etag


def none_match(header: str | None, *, etag: str) -> bool:
    """§13.1.2: whether the sender already has this file (weak comparison)."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags
