"""What a file or a folder turned out to hold, before it is matched with clips and checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from baseline.store_files import Numbers

Told = Callable[[int, int], None]  # how many clips are read, of about how many


@dataclass(eq=False)
class Found:
    names: list[str]
    matrix: Numbers  # (clips, dimension), float32 of features; NaN where there is no value
    empty: Numbers  # bool (clips,): nothing was there to extract from; the row is zero
    columns: list[str] = field(default_factory=list)  # what the dimensions are called, if anything
    left_out: list[str] = field(default_factory=list)  # columns or files that were not taken

    def of(self, rows: Sequence[int], names: list[str]) -> "Found":
        """These rows only, under these names."""
        there = list(rows)
        matrix, empty = self.matrix[there], self.empty[there]
        return Found(names, matrix, empty, self.columns, self.left_out)
