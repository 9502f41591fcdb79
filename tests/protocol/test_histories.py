"""Tens of thousands of random histories on PostgreSQL; CONCORD_HISTORIES says how many."""

import os
import random
from unittest.mock import patch

import pytest

from accounts.models import User
from annotation import claiming
from tests import factories
from tests.protocol.histories import History

HISTORIES = int(os.environ.get("CONCORD_HISTORIES", "100"))
FIRST_SEED = int(os.environ.get("CONCORD_FIRST_SEED", "1"))
A_TEST = 50  # histories in one test, so that several processes can share the work
LENGTHS = (8, 15, 25, 40, 120)
HOW_OFTEN = (30, 30, 25, 14, 1)


def play(seed: int, people: list[User], coordinator: User) -> None:
    """One history; a failure names its seed and all that happened."""
    history = History(seed, people, coordinator)
    remember_every = seed % 2 * claiming.REMEMBER_EVERY  # desks must not forget to look again
    try:
        with patch.object(claiming, "REMEMBER_EVERY", remember_every):
            history.play(random.Random(-seed).choices(LENGTHS, HOW_OFTEN)[0])
    except Exception as error:
        error.add_note(f"history {seed}, {history.numbers}")
        error.add_note("\n".join(history.log[-40:]))
        raise


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + HISTORIES, A_TEST))
@pytest.mark.django_db(transaction=True)
def test_no_history_breaks_the_protocol(first: int) -> None:
    people = [factories.person() for _ in range(10)]
    coordinator = factories.person(site_administrator=True)
    for seed in range(first, min(first + A_TEST, FIRST_SEED + HISTORIES)):
        play(seed, people, coordinator)
