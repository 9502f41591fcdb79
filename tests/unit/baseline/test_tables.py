"""Rows like those of the paper's Tables 2 and 3, and names that the formats would trip over."""

import csv
import io

import pytest

from baseline.errors import Fault
from baseline.tables import Row, Score, table


def row(
    discrete: float,
    dimensional: float | None,
    *,
    sd: float | None = 0.0054,
    variant: str = "paper",
    **features: str,
) -> Row:
    """`discrete` in 0 … 1; the combined metric follows from Eq. 12."""
    combined = discrete - 0.25 * (dimensional or 0)
    return Row(
        features,
        variant,
        256,
        1e-3,
        Score(discrete, sd),
        None if dimensional is None else Score(dimensional, sd),
        Score(combined, sd),
    )


HUBERT_LARGE = row(0.6567, 1.27, acoustic="HUBERT-large")
HUBERT_BASE = row(0.6072, 1.53, acoustic="HUBERT-base")
RESNET = row(0.5658, 1.35, visual="ResNet-FER2013")
HL_ML = row(0.6702, 1.16, acoustic="HL", lexical="ML")
HL_RF = row(0.7275, 0.88, acoustic="HL", visual="RF")
HL_ML_RF = row(0.7264, 0.83, acoustic="HL", lexical="ML", visual="RF")


def lines_of(text: str) -> list[str]:
    return text.splitlines()


def test_single_features_are_listed_by_modality_and_the_best_of_each_is_bold() -> None:
    """As Table 2; combined by hand: 0.6567 − 0.25 · 1.27 = 0.3392."""
    assert lines_of(table([RESNET, HUBERT_LARGE, HUBERT_BASE], "markdown")) == [
        "| Feature | Dis (↑) | Dim (↓) | Com (↑) |",
        "| --- | ---: | ---: | ---: |",
        "| *Acoustic Modality* |  |  |  |",
        "| HUBERT-large | **65.67±0.54** | **1.27±0.01** | **0.34±0.01** |",
        "| HUBERT-base | 60.72±0.54 | 1.53±0.01 | 0.22±0.01 |",
        "| *Visual Modality* |  |  |  |",
        "| ResNet-FER2013 | 56.58±0.54 | 1.35±0.01 | 0.23±0.01 |",
    ]


def test_combinations_are_listed_by_size_under_the_letters_of_the_modalities() -> None:
    """As Table 3."""
    assert lines_of(table([HL_ML_RF, HL_ML, HL_RF], "markdown")) == [
        "| A | L | V | Dis (↑) | Dim (↓) | Com (↑) |",
        "| --- | --- | --- | ---: | ---: | ---: |",
        "| *Bimodal Results* |  |  |  |  |  |",
        "| HL | ML | – | 67.02±0.54 | 1.16±0.01 | 0.38±0.01 |",
        "| HL | – | RF | **72.75±0.54** | **0.88±0.01** | **0.51±0.01** |",
        "| *Trimodal Results* |  |  |  |  |  |",
        "| HL | ML | RF | 72.64±0.54 | 0.83±0.01 | 0.52±0.01 |",
    ]


def test_single_features_and_combinations_make_two_tables() -> None:
    text = table([HL_RF, HUBERT_LARGE], "markdown")
    assert [line for line in lines_of(text) if "Dis" in line] == [
        "| Feature | Dis (↑) | Dim (↓) | Com (↑) |",
        "| A | L | V | Dis (↑) | Dim (↓) | Com (↑) |",
    ]


def test_what_looks_equal_is_equally_bold() -> None:
    near = [row(0.72751, 0.9, acoustic="a"), row(0.72749, 0.8, acoustic="b")]
    assert table(near, "markdown").count("**72.75") == 2


def test_without_a_valence_the_dimensional_and_combined_metrics_are_left_open() -> None:
    text = table([row(0.5, None, acoustic="a", sd=None), row(0.4, 2, acoustic="b")], "markdown")
    assert "| a | **50.00** | – | – |" in lines_of(text)
    assert "| b | 40.00±0.54 | 2.00±0.01 | -0.10±0.01 |" in lines_of(text)


def test_a_value_that_rounds_to_nothing_has_no_sign() -> None:
    assert "| 0.00 |" in table([row(0.1, 0.404, acoustic="a", sd=None)], "markdown")


def test_the_released_variant_is_told_apart() -> None:
    both = [HL_RF, row(0.7, 0.9, acoustic="HL", visual="RF", variant="released")]
    assert "| A | L | V | Model | Dis (↑) |" in table(both, "markdown")
    assert "| HL | – | RF | released | 70.00" in table(both, "markdown")


def test_latex_has_as_many_cells_in_each_line_as_columns() -> None:
    text = table([HL_RF, HL_ML], "latex")
    assert r"\begin{tabular}{lllrrr}" in text
    rows = [line for line in lines_of(text) if line.endswith(r"\\") and "multicolumn" not in line]
    assert [line.count("&") for line in rows] == [5, 5, 5]
    assert r"HL & -- & RF & \textbf{72.75 $\pm$ 0.54} & " in text
    assert r"\multicolumn{6}{c}{Bimodal Results} \\" in text


def test_latex_writes_a_minus_as_one() -> None:
    assert r"$-$0.10 $\pm$ 0.01 \\" in table([row(0.4, 2, acoustic="b")], "latex")


def test_names_with_signs_of_latex_or_markdown_are_escaped() -> None:
    odd = row(0.5, 1, acoustic="a_b & 5% {x} ~^\\ #$ | *c* <d>\nnext")
    latex = table([odd], "latex")
    assert (
        r"a\_b \& 5\% \{x\} \textasciitilde{}\textasciicircum{}\textbackslash{} \#\$ "
        r"\textbar{} *c* \textless{}d\textgreater{} next & 50.00"
    ) in latex
    line = lines_of(table([odd], "markdown"))[3]
    assert line.replace(r"\|", "").count("|") == 5
    assert r"a\_b \& 5% \{x\} \~\^\\ \#\$ \| \*c\* \<d\> next" in line


def test_csv_has_the_numbers_unrounded() -> None:
    exact = row(0.123456789012345, 1 / 3, acoustic='a,"b"', visual="v", sd=None)
    head, cells = csv.reader(io.StringIO(table([exact], "csv")))
    told = dict(zip(head, cells, strict=True))
    assert (told["A"], told["L"], told["V"]) == ('a,"b"', "", "v")
    assert float(told["discrete"]) == 0.123456789012345
    assert float(told["dimensional"]) == 1 / 3
    assert (told["hidden"], told["learning_rate"], told["discrete_sd"]) == ("256", "0.001", "")


def test_another_format_is_refused_by_name() -> None:
    with pytest.raises(Fault, match="csv, markdown, latex, not as html") as refused:
        table([HL_RF], "html")
    assert refused.value.code == "unknown_table_format"
