"""The scenes are built once; every attack is rolled back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.constraints import scenes as made


@pytest.fixture(scope="module")
def scenes(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, made.Scene]]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield made.build()
        transaction.set_rollback(True)
