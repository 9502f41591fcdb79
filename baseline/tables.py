"""Results as in the paper's Tables 2 and 3: one row per feature, one per combination.

"Dis", "Dim", and "Com" denote the performance on discrete, dimensional, and combined metrics."
Dis is given in per cent, all with two decimals, as mean ± standard deviation over the runs; the
best of each group's column is bold. CSV has the numbers themselves, unrounded.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from baseline.errors import Fault
from baseline.modalities import LETTERS, MODALITIES
from baseline.model_about import ABOUT, read_about
from baseline.run_folder import MODEL
from baseline.spec import FILE as SPEC

FORMATS = ("csv", "markdown", "latex")
NONE = "–"
SIZES = {2: "Bimodal Results", 3: "Trimodal Results"}
CSV_HEADER = (
    *("A", "L", "V", "variant", "hidden", "learning_rate"),
    *("discrete", "discrete_sd", "dimensional", "dimensional_sd", "combined", "combined_sd"),
)


@dataclass(frozen=True)
class Score:
    """Mean over the runs and standard deviation; None where there was one run only."""

    mean: float
    sd: float | None


@dataclass(frozen=True)
class Row:
    """The best grid point of a training run. `features`: a feature set's name per modality.

    `dimensional` is None where no clip of D_l had a valence; Dim and Com are then left open.
    """

    features: dict[str, str]
    variant: str
    hidden: int
    learning_rate: float
    discrete: Score
    dimensional: Score | None
    combined: Score


@dataclass(frozen=True)
class Column:
    heading: str  # "Dis"
    rises: bool  # is more better?
    factor: float
    of: Callable[[Row], Score | None]


COLUMNS = (
    Column("Dis", True, 100, lambda row: row.discrete),
    Column("Dim", False, 1, lambda row: row.dimensional),
    Column("Com", True, 1, lambda row: row.combined if row.dimensional else None),
)


@dataclass(frozen=True)
class Table:
    """`named`: the headings before the metrics; rows below a heading per group."""

    named: tuple[str, ...]
    groups: list[tuple[str, list[Row]]]

    def names_of(self, row: Row) -> list[str]:
        names = [row.features.get(modality) or NONE for modality in MODALITIES]
        if self.named[0] == "Feature":
            names = [name for name in names if name != NONE]
        return [*names, row.variant][: len(self.named)]


def row_of(run: Path) -> Row:
    """The best grid point of a finished run, or of a model's folder alone.

    Raises Fault: the run is not finished, the folder is neither, its model.json was changed.
    """
    model = run if (run / ABOUT).exists() else run / MODEL
    if not (model / ABOUT).exists() and (run / SPEC).exists():
        raise Fault(
            "run_not_finished",
            f"{run}: a table has finished runs only, and this one has no model yet. Train it to "
            "the end, or leave it out.",
            folder=run.name,
        )
    about = read_about(model)
    figures = about.metrics["runs"]
    once = len(figures["runs"]) == 1
    discrete, dimensional, combined = (
        None
        if figures[name] is None
        else Score(figures[name], None if once else figures[f"{name}_sd"])
        for name in ("discrete", "dimensional", "combined")
    )
    assert discrete and combined
    return Row(
        features={modality: each.name for modality, each in about.features.items()},
        variant=about.variant,
        hidden=about.hidden,
        learning_rate=about.learning_rate,
        discrete=discrete,
        dimensional=dimensional,
        combined=combined,
    )


def table(rows: Iterable[Row], form: str) -> str:
    """The rows as text. `form`: csv, markdown or latex; Fault `unknown_table_format`."""
    rows = list(rows)
    match form:
        case "csv":
            return as_csv(rows)
        case "markdown":
            return "\n".join(as_markdown(each) for each in as_in_the_paper(rows))
        case "latex":
            return "\n".join(as_latex(each) for each in as_in_the_paper(rows))
    raise Fault(
        "unknown_table_format",
        f"A table comes as {', '.join(FORMATS)}, not as {form}.",
        format=form,
        formats=", ".join(FORMATS),
    )


def as_in_the_paper(rows: Sequence[Row]) -> list[Table]:
    """Single features by modality (Table 2), then combinations by size (Table 3)."""
    variants = ("Model",) if any(row.variant != "paper" for row in rows) else ()
    single = [
        (
            f"{modality.capitalize()} Modality",
            [row for row in rows if [*row.features] == [modality]],
        )
        for modality in MODALITIES
    ]
    together = [
        (heading, [row for row in rows if len(row.features) == size])
        for size, heading in SIZES.items()
    ]
    tables = [
        Table(("Feature", *variants), [group for group in single if group[1]]),
        Table((*LETTERS.values(), *variants), [group for group in together if group[1]]),
    ]
    return [each for each in tables if each.groups]


def as_csv(rows: Iterable[Row]) -> str:
    """Plain numbers: discrete in 0 … 1, nothing rounded, nothing bold."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for row in rows:
        scores = (row.discrete, row.dimensional, row.combined if row.dimensional else None)
        numbers = [(score.mean, score.sd) if score else ("", "") for score in scores]
        writer.writerow(
            [
                *(row.features.get(modality, "") for modality in MODALITIES),
                *(row.variant, row.hidden, row.learning_rate),
                *("" if number is None else number for pair in numbers for number in pair),
            ]
        )
    return written.getvalue()


def as_markdown(one: Table) -> str:
    """GitHub's pipe table."""
    headings = [*one.named, *(f"{each.heading} ({'↑' if each.rises else '↓'})" for each in COLUMNS)]
    lines = [headings, ["---"] * len(one.named) + ["---:"] * len(COLUMNS)]
    for heading, rows in one.groups:
        lines.append([f"*{heading}*"] + [""] * (len(headings) - 1))
        for row, scores in zip(rows, _written(rows), strict=True):
            names = [in_markdown(name) for name in one.names_of(row)]
            lines.append([*names, *(f"**{text}**" if best else text for text, best in scores)])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def as_latex(one: Table) -> str:
    r"""A `tabular` that needs no package."""
    arrows = [
        rf"{each.heading} ($\{'uparrow' if each.rises else 'downarrow'}$)" for each in COLUMNS
    ]
    width = len(one.named) + len(COLUMNS)
    lines = [
        rf"\begin{{tabular}}{{{'l' * len(one.named)}{'r' * len(COLUMNS)}}}",
        r"\hline",
        rf"{' & '.join([*one.named, *arrows])} \\",
    ]
    for heading, rows in one.groups:
        lines += [r"\hline", rf"\multicolumn{{{width}}}{{c}}{{{heading}}} \\", r"\hline"]
        for row, scores in zip(rows, _written(rows), strict=True):
            names = [in_latex(name) for name in one.names_of(row)]
            cells = [_latex_score(text, best) for text, best in scores]
            lines.append(rf"{' & '.join([*names, *cells])} \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", ""])


def in_markdown(text: str) -> str:
    """Backslashes before what Markdown would take for its own."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|&~$^])", r"\\\1", " ".join(text.split()))


LATEX = {
    **{character: rf"\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    NONE: "--",
}


def in_latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in " ".join(text.split()))


def _latex_score(text: str, best: bool) -> str:
    written = text.replace(NONE, "--").replace("±", r" $\pm$ ")
    if written.startswith("-") and written != "--":
        written = f"$-${written[1:]}"
    return rf"\textbf{{{written}}}" if best else written


def _written(rows: Sequence[Row]) -> list[list[tuple[str, bool]]]:
    """Per row and column the text, and whether it is the group's best (none is the best of one).

    What looks equal is equally good.
    """
    columns = []
    for column in COLUMNS:
        scores = [column.of(row) for row in rows]
        means = [_two_decimals(score.mean * column.factor) if score else None for score in scores]
        known = [float(mean) for mean in means if mean]
        best = (max if column.rises else min)(known) if len(known) > 1 else None
        columns.append(
            [
                (_with_sd(mean, score, column.factor), mean is not None and float(mean) == best)
                for mean, score in zip(means, scores, strict=True)
            ]
        )
    return [list(cells) for cells in zip(*columns, strict=True)]


def _with_sd(mean: str | None, score: Score | None, factor: float) -> str:
    if mean is None or score is None:
        return NONE
    return mean if score.sd is None else f"{mean}±{_two_decimals(score.sd * factor)}"


def _two_decimals(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # + 0.0: never -0.00
