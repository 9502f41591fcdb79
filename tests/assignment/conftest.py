"""A clock, and corpora opened at its time."""

import pytest

from tests.factories import Clock


@pytest.fixture
def clock(db: None) -> Clock:
    return Clock()
