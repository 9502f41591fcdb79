"""Algorithm 1 as its listing has it, line by line, in exact fractions: slow, and by other means."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

Row = Sequence[float]


def selected(
    labeled: Sequence[Row], labels: Sequence[int], eta: float, unlabeled: Sequence[Row]
) -> tuple[list[Fraction | None], list[int]]:
    """λ_j for each class (None for an empty list), and the places of the selected clips."""
    classes = len(labeled[0])
    lists: list[list[Fraction]] = []
    for _ in range(classes):  # line 1
        lists.append([])
    for row, label in zip(labeled, labels, strict=True):  # 2
        predicted = list(row).index(max(row))  # 3
        confidence = Fraction(max(row))  # 4
        if predicted == label:  # 5
            lists[label].append(confidence)  # 6
    thresholds = []
    for each in lists:  # 9
        thresholds.append(quantile(each, Fraction(eta)) if each else None)  # 10
    chosen: list[int] = []  # 13
    for place, row in enumerate(unlabeled):  # 14
        predicted = list(row).index(max(row))  # 15
        confidence = Fraction(max(row))  # 16
        threshold = thresholds[predicted]
        if threshold is not None and confidence > threshold:  # 17
            chosen.append(place)  # 18
    return thresholds, chosen


def quantile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """Between the two nearest of the sorted values, linearly (Hyndman and Fan 1996, type 7)."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    below = floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
