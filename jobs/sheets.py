"""Tables that people open in a spreadsheet, which takes a text that begins with one of a few
characters for a formula. Such a text gets an apostrophe in front, by which spreadsheets know text.
"""

import csv
import io
import re
from collections.abc import Iterable

MARK = "\ufeff"  # tells spreadsheets that the file is UTF-8
BEGINS_A_FORMULA = re.compile("'*[=+\\-@\t\r]")  # apostrophes count, so that one can be taken off


def line(cells: Iterable[object]) -> str:
    """A line of CSV in which nothing is a formula."""
    written = io.StringIO()
    csv.writer(written).writerow(
        harmless(cell) if isinstance(cell, str) else cell for cell in cells
    )
    return written.getvalue()


def harmless(text: str) -> str:
    return f"'{text}" if BEGINS_A_FORMULA.match(text) else text


def as_written(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and BEGINS_A_FORMULA.match(text) else text
