"""No cell of a table is a formula to a spreadsheet, and what was written can be read back."""

import csv

import pytest

from jobs import sheets

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "- two faces"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_as_text(text: str) -> None:
    (row,) = csv.reader([sheets.line([text, 7, None])])
    assert row == [f"'{text}", "7", ""]


@pytest.mark.parametrize("text", ["", "two faces", "1-1", "李雷", "'quoted'", "''"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert sheets.harmless(text) == sheets.as_written(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, "'=1+1", "''-", "'", "two faces", ""])
def test_what_was_written_is_read_back(text: str) -> None:
    assert sheets.as_written(sheets.harmless(text)) == text
