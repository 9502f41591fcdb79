"""§3.6: "we use five-fold cross-validation for hyper-parameters tuning".

Folds are stratified by class and drawn anew for each run, as the authors' are, but seeded: all
points of the grid and all feature sets see the same folds of a run. Grouped folds keep all clips
of a video or a speaker together; as many folds as groups leave one group out each.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from baseline.errors import Fault

Places = NDArray[np.int64]


def drawn(
    emotions: NDArray[np.int64],
    classes: Sequence[str],
    *,
    folds: int,
    seed: int,
    run: int,
    groups: Sequence[str] | None = None,
    group_by: str = "",
) -> Places:
    """The fold, 1 … folds, whose validation each clip is part of; (clips,).

    `emotions` are indices into `classes`, (clips,); `groups` each clip's video or speaker.
    Raises Fault for a class with fewer clips than folds, or whose clips are all in one fold when
    grouped; for fewer groups than folds.
    """
    state = int(np.random.SeedSequence([seed, run]).generate_state(1)[0])
    sizes = np.bincount(emotions, minlength=len(classes))
    if groups is None:
        _check_classes(sizes, classes, folds, least=folds)
        fold_of = _stratified(emotions, folds, state)
    else:
        _check_classes(sizes, classes, folds, least=1)
        if len(set(groups)) > folds:  # at least one class can be spread over the folds
            largest = int(sizes.argmax())
            _check_classes(sizes[largest:][:1], classes[largest:][:1], folds, least=folds)
        fold_of = _grouped(emotions, np.asarray(groups), folds, state, group_by)
        _check_each_class_is_learned(emotions, classes, fold_of, group_by)
    return fold_of


def _stratified(emotions: NDArray[np.int64], folds: int, state: int) -> Places:
    from sklearn.model_selection import StratifiedKFold

    split = StratifiedKFold(folds, shuffle=True, random_state=state)
    return _places(split.split(emotions, emotions), len(emotions))


def _grouped(
    emotions: NDArray[np.int64], groups: NDArray[np.str_], folds: int, state: int, group_by: str
) -> Places:
    from sklearn.model_selection import StratifiedGroupKFold

    names, group_of = np.unique(groups, return_inverse=True)
    if len(names) < folds:
        raise Fault(
            "fewer_groups_than_folds",
            f"The clips are of {len(names)} different {group_by}s, and {folds} folds need one "
            f"each. Take at most {len(names)} folds, or do not group.",
            groups=len(names),
            folds=folds,
            group_by=group_by,
        )
    if len(names) == folds:  # leave one group out, whatever the seed
        return (group_of + 1).astype(np.int64)
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of small classes: checked here
        return _places(split.split(emotions, emotions, group_of), len(emotions))


def _places(splits: Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]], clips: int) -> Places:
    fold_of = np.zeros(clips, dtype=np.int64)
    for fold, (_, validation) in enumerate(splits, start=1):
        fold_of[validation] = fold
    return fold_of


def _check_classes(
    sizes: NDArray[np.int64], classes: Sequence[str], folds: int, *, least: int
) -> None:
    for code, count in zip(classes, sizes.tolist(), strict=True):
        if count < least:
            raise Fault(
                "class_smaller_than_folds",
                f"Class {code} has {count} labeled clips, and {folds} folds need {least} at "
                f"least. Label more clips of {code}, leave the class out, or take fewer folds.",
                emotion=code,
                clips=count,
                folds=folds,
                least=least,
            )


def _check_each_class_is_learned(
    emotions: NDArray[np.int64], classes: Sequence[str], fold_of: NDArray[np.int64], group_by: str
) -> None:
    """Every class is among the training clips of every fold."""
    for index, code in enumerate(classes):
        spread = Counter(fold_of[emotions == index].tolist())
        if len(spread) == 1:
            (fold,) = spread
            raise Fault(
                "class_in_one_fold",
                f"All clips of class {code} are in fold {fold}, so that no network that is "
                f"validated on it has seen the class. Label clips of {code} of more "
                f"{group_by}s, leave the class out, or do not group.",
                emotion=code,
                fold=fold,
                group_by=group_by,
            )
