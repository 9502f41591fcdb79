"""§3.6: five-fold cross-validation; stratified, seeded, drawn anew for each run, or grouped."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from baseline import folds
from baseline.errors import Fault

CLASSES = ["neutral", "anger", "happiness", "sadness", "worry", "surprise"]
PAPERS_CLIPS = [871, 822, 689, 383, 462, 146]  # of Train&Val


def of_sizes(sizes: list[int]) -> np.ndarray:
    emotions = np.repeat(np.arange(len(sizes)), sizes)
    return np.random.default_rng(3).permutation(emotions)


def drawn(emotions: np.ndarray, **options: object) -> np.ndarray:
    given: dict = {"folds": 5, "seed": 2023, "run": 1, **options}
    return folds.drawn(emotions, CLASSES[: emotions.max() + 1], **given)


def test_each_class_is_spread_evenly_over_the_folds() -> None:
    emotions = of_sizes(PAPERS_CLIPS)
    fold_of = drawn(emotions)
    assert sorted(set(fold_of.tolist())) == [1, 2, 3, 4, 5]
    for index in range(len(CLASSES)):
        clips = Counter(fold_of[emotions == index].tolist())
        assert max(clips.values()) - min(clips.values()) <= 1
    sizes = Counter(fold_of.tolist())
    assert max(sizes.values()) - min(sizes.values()) <= len(CLASSES)


def test_the_same_seed_and_run_draw_the_same_folds_and_others_draw_others() -> None:
    emotions = of_sizes([40, 30, 20])
    first = drawn(emotions)
    np.testing.assert_array_equal(first, drawn(emotions))
    assert (first != drawn(emotions, run=2)).mean() > 0.5
    assert (first != drawn(emotions, seed=2024)).mean() > 0.5


def test_seed_and_run_are_not_added() -> None:
    emotions = of_sizes([40, 30, 20])
    assert (drawn(emotions, seed=5, run=2) != drawn(emotions, seed=6, run=1)).any()


def test_a_group_is_never_in_two_folds() -> None:
    emotions = of_sizes([60, 50, 40])
    groups = [f"film_{number}" for number in np.random.default_rng(4).integers(0, 17, 150)]
    fold_of = drawn(emotions, groups=groups, group_by="video")
    in_folds = defaultdict(set)
    for group, fold in zip(groups, fold_of.tolist(), strict=True):
        in_folds[group].add(fold)
    assert {len(each) for each in in_folds.values()} == {1}
    assert len(set(fold_of.tolist())) == 5
    assert (fold_of != drawn(emotions, groups=groups, group_by="video", run=2)).any()


def test_as_many_folds_as_groups_leave_one_group_out_each() -> None:
    emotions = of_sizes([3, 3])
    groups = ["c", "a", "b", "c", "a", "b"]
    fold_of = drawn(emotions, groups=groups, group_by="speaker", folds=3)
    assert fold_of.tolist() == [3, 1, 2, 3, 1, 2]


@pytest.mark.parametrize("sizes", [[9, 4, 8], [9, 0, 8], [2, 2, 4]])
def test_a_class_smaller_than_the_folds_is_named(sizes: list[int]) -> None:
    with pytest.raises(Fault) as refused:
        drawn(of_sizes(sizes))
    small = next(index for index, clips in enumerate(sizes) if clips < 5)
    assert refused.value.code == "class_smaller_than_folds"
    told = {"emotion": CLASSES[small], "clips": sizes[small], "folds": 5, "least": 5}
    assert refused.value.params == told


@pytest.mark.parametrize(
    ("sizes", "groups", "code"),
    [
        ([4, 4], "aabbccdd", "fewer_groups_than_folds"),
        ([4, 4, 0, 1], "aabbccdde", "class_smaller_than_folds"),  # of one class there is no clip
        ([3, 3, 2], "abcdefgh", "class_smaller_than_folds"),
        ([8, 2], "aabbccddee", "class_in_one_fold"),
    ],
)
def test_grouped_folds_that_cannot_be_are_refused(sizes: list[int], groups: str, code: str) -> None:
    emotions = np.repeat(np.arange(len(sizes)), sizes)
    with pytest.raises(Fault) as refused:
        drawn(emotions, groups=list(groups), group_by="speaker")
    assert refused.value.code == code


def test_no_fold_is_empty_whatever_the_groups() -> None:
    rng = np.random.default_rng(11)
    drawn_ones = 0
    for _ in range(150):
        clips, count = int(rng.integers(10, 60)), int(rng.integers(2, 6))
        emotions = rng.integers(0, 3, clips)
        groups = rng.choice(count + 4, clips, p=rng.dirichlet(np.full(count + 4, 0.5)))
        try:
            fold_of = folds.drawn(
                emotions,
                CLASSES[:3],
                folds=count,
                seed=1,
                run=1,
                groups=[str(each) for each in groups],
                group_by="video",
            )
        except Fault:
            continue
        drawn_ones += 1
        assert set(fold_of.tolist()) == set(range(1, count + 1))
    assert drawn_ones > 50
