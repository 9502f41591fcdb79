"""The command line when PostgreSQL is not there."""

import subprocess
import sys

import pytest

from config import state


def test_a_database_that_does_not_answer_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:hidden@127.0.0.1:9/nowhere")
    said = subprocess.run(
        [sys.executable, "manage.py", "recheck"],
        cwd=state.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert said.stderr.startswith("The database does not answer: connection failed: ")
    assert said.stderr.count("\n") == 1
    assert "Is DATABASE_URL right" in said.stderr
    assert "hidden" not in said.stderr
