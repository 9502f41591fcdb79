"""Scorings from a file of somebody else's classifier: read, checked, split into D_l and pool."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baseline.clip_names import clip_name, first_row, listed
from baseline.errors import Fault
from jobs.errors import Refusal
from jobs.progress import Cancelled, Progress
from jobs.sentences import Said, counted
from selection import confidence, places, pool
from selection.models import Scoring
from selection.scored import Scored
from selection.usable import classes_of
from training import labeled
from training.processes import run_baseline

Array = NDArray[Any]


class Read(NamedTuple):
    names: list[str]
    classes: list[str]
    f: Array  # (names, classes) float64


class FromFile(NamedTuple):
    scored: Scored
    left_out: int  # clips of the pool without a row
    said: Said


def read(scoring: Scoring, progress: Progress) -> FromFile:
    """What was sent, as arrays; it is not kept if it is refused. Raises Refusal."""
    try:
        return _split(scoring, _read(scoring, progress))
    except (Refusal, Cancelled):
        places.drop_upload(scoring)
        raise


def _read(scoring: Scoring, progress: Progress) -> Read:
    source = places.upload_of(scoring)
    if source is None:
        raise Refusal(
            "probabilities_are_no_longer_kept",
            f"The file of scoring {scoring.pk} is no longer kept: it was refused or cancelled "
            "before. Delete the scoring and send the file again.",
            scoring=scoring.pk,
        )
    with places.at_work(scoring) as work:
        into = work / "sent.npz"
        options = [f"--class={each.code}" for each in classes_of(scoring.corpus)]
        run_baseline("import-probabilities", source, "--into", into, *options, progress=progress)
        with np.load(into, allow_pickle=False) as found:
            names, classes = found["names"].tolist(), found["classes"].tolist()
            given = Read(names, classes, found["probabilities"])
    _check(source.name, given)
    return given._replace(f=np.minimum(given.f, 1))  # what is above by the sum's tolerance


def _split(scoring: Scoring, given: Read) -> FromFile:
    corpus = scoring.corpus
    row_of = {name: row for row, name in enumerate(given.names)}
    d_l = labeled.labeled_clips(corpus, given.classes)
    clips = pool.pool_of(corpus)
    rows_l, there_l = _rows(row_of, d_l.names)
    rows_u, there_u = _rows(row_of, clips.names)
    if not rows_l:
        raise _no_labeled_clip(scoring, d_l.names, given.names)
    if not rows_u:
        raise _no_pool_clip(scoring, clips.names, given.names)
    place = {code: at for at, code in enumerate(given.classes)}
    labels = [place[code] for code, has in zip(d_l.emotions, there_l, strict=True) if has]
    scored = Scored(
        classes=tuple(given.classes),
        labels=np.array(labels, np.int64),
        folds_of=None,
        f_l=given.f[rows_l],
        f_u=given.f[rows_u],
        of_folds_l=None,
        of_folds_u=None,
        clip_ids=clips.ids[np.array(there_u, bool)],
    )
    every = corpus.clips.values_list("name", flat=True).iterator()
    known = sum(clip_name(name) in row_of for name in every)
    others, unknown = known - len(rows_l) - len(rows_u), len(given.names) - known
    left_out = len(clips.names) - len(rows_u)
    said = Said(
        "file_scored",
        f"{counted(len(rows_l), 'labeled clip')} and {counted(len(rows_u), 'clip')} of the pool "
        f"scored; {left_out} of the pool have no row; rows left out: {others} of other clips, "
        f"{unknown} of unknown names.",
        labeled=len(rows_l),
        unlabeled=len(rows_u),
        left_out=left_out,
        others=others,
        unknown=unknown,
    )
    return FromFile(scored, left_out, said)


def _rows(row_of: dict[str, int], names: Sequence[str]) -> tuple[list[int], list[bool]]:
    """The file's rows of these clips, and which of them have one."""
    found = [row_of.get(clip_name(name)) for name in names]
    return [row for row in found if row is not None], [row is not None for row in found]


def _check(file: str, given: Read) -> None:
    """Every row, whatever clip it is of; refused by the clip's name and the row."""
    try:
        confidence.check_probabilities(given.f, whose="sent")
    except Fault as fault:
        place = fault.params["row"] - 1
        row, clip = place + first_row(file), given.names[place]
        if fault.code == "probabilities_not_numbers":
            code, value = given.classes[fault.params["column"] - 1], fault.params["value"]
            raise Refusal(
                "sent_probability_not_a_number",
                f"{file}, row {row} (clip {clip}): the probability of {code} must be a "
                f"number from 0 to 1, and is {value}. Correct the row or leave it out.",
                file=file,
                row=row,
                clip=clip,
                emotion=code,
                value=value,
            ) from fault
        total, tolerance = fault.params["sum"], fault.params["tolerance"]
        raise Refusal(
            "sent_probabilities_do_not_sum_to_1",
            f"{file}, row {row} (clip {clip}): the probabilities sum to {total:g}, and "
            f"have to sum to 1 (±{tolerance:g}). Correct the row, or give softmax probabilities "
            "with four decimals or more, not scores or percentages.",
            file=file,
            row=row,
            clip=clip,
            sum=total,
            tolerance=tolerance,
        ) from fault


def _no_labeled_clip(scoring: Scoring, wanted: Sequence[str], names: Sequence[str]) -> Refusal:
    return Refusal(
        "file_has_no_labeled_clip",
        f"{scoring.file_name}: the thresholds come from labeled clips of corpus "
        f"{scoring.corpus.slug} with one final label ({listed(list(wanted)) or '–'}), and it has "
        f"no row of one. Its names are {listed(names)}. Send these clips' probabilities, too.",
        file=scoring.file_name,
        corpus=scoring.corpus.slug,
        clips=listed(list(wanted)) or "–",
        names=listed(names),
    )


def _no_pool_clip(scoring: Scoring, wanted: Sequence[str], names: Sequence[str]) -> Refusal:
    return Refusal(
        "file_has_no_pool_clip",
        f"{scoring.file_name}: there is something to select only with rows of unlabeled clips of "
        f"corpus {scoring.corpus.slug} ({listed(list(wanted)) or '–'}), and it has none. Its names "
        f"are {listed(names)}. Look whether it is the right file.",
        file=scoring.file_name,
        corpus=scoring.corpus.slug,
        clips=listed(list(wanted)) or "–",
        names=listed(names),
    )
