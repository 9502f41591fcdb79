"""What the log keeps to itself."""

import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from config.log_lines import WithoutTokens

TOKEN = "q3T-_vexing0123456789"


@pytest.fixture
def written() -> Iterator[list[str]]:
    """Lines as the console's handler writes them, of everything that the test logs to django."""
    lines: list[str] = []
    log = logging.getLogger("django")
    (console,) = (each for each in log.handlers if each.name == "console")

    class Written(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert console.formatter
            lines.append(console.formatter.format(record))

    handler = Written()
    log.addHandler(handler)
    yield lines
    log.removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/invitations/{}", "/api/invitations/{}/accept", "/join/{}"])
def test_an_invitation_is_not_told_to_who_reads_the_log(
    client: Client, written: list[str], path: str
) -> None:
    assert client.delete(path.format(TOKEN)).status_code in (403, 404, 405)
    (line,) = written
    assert TOKEN not in line
    assert path.format("***") in line


def test_nor_is_a_link_for_a_new_password_or_what_a_traceback_quotes(written: list[str]) -> None:
    log = logging.getLogger("django.request")
    try:
        raise ValueError(f"/reset?uid=MQ&token={TOKEN}")
    except ValueError:
        log.exception("%s failed", f"https://a.org/reset?uid=MQ&token={TOKEN}")
    log.warning("Not Found: /api/corpora/films/invitations/12")
    assert TOKEN not in "".join(written)
    assert "https://a.org/reset?uid=MQ&token=*** failed" in written[0]
    assert "/api/corpora/films/invitations/12" in written[1]


def test_every_handler_writes_such_lines() -> None:
    for handler in logging.root.handlers + logging.getLogger("django").handlers:
        if handler.name:  # the others are pytest's
            assert isinstance(handler.formatter, WithoutTokens)
