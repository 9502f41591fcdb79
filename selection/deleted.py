"""What is told to whoever comes too late: a scoring or a selection run that was deleted."""

from jobs.errors import Refusal

UNKNOWN = "–"  # its number, where only its job is known


def scoring_was_deleted(number: int | str) -> Refusal:
    return Refusal(
        "scoring_was_deleted",
        f"Scoring {number} was deleted meanwhile. Choose another one, or score again.",
        scoring=number,
    )


def selection_was_deleted(number: int | str) -> Refusal:
    return Refusal(
        "selection_was_deleted",
        f"Selection run {number} was deleted meanwhile. Select anew.",
        run=number,
    )
