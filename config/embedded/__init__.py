"""The servers that come with Concord, for whatever DATABASE_URL and BROKER_URL leave unset.

Whoever uses them holds `in-use.lock` in common with others; whoever starts or stops one holds
`start.lock` alone. The last one out stops them. Both locks fall with their process, however it
ends, so a killed command leaves nothing behind that the next one does not put in order.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from config import state
from config.embedded import postgres, valkey
from config.embedded.server import ServerError
from config.environment import env

__all__ = ["ServerError", "held", "needed", "restart_what_died"]


def needed() -> list[postgres.Postgres | valkey.Valkey]:
    """The servers that this environment leaves to us."""
    servers: list[postgres.Postgres | valkey.Valkey] = []
    if not env.str("DATABASE_URL"):
        servers.append(postgres.embedded())
    if not env.str("BROKER_URL"):
        servers.append(valkey.embedded())
    return servers


@contextmanager
def held() -> Iterator[None]:
    """Use the servers that run, or start them for as long as this lasts."""
    servers = needed()
    if not servers:
        yield
        return
    with open(state.made(state.folder() / "locks") / "in-use.lock", "w") as use:
        with _starting():
            fcntl.flock(use, fcntl.LOCK_SH)
        try:
            restart_what_died()
            yield
        finally:
            with _starting():
                if _nobody_else_uses(use.fileno()):
                    for server in reversed(servers):
                        server.stop()
                    with suppress(OSError):  # another server's sockets may be in it
                        state.sockets().rmdir()


def restart_what_died() -> None:
    """Start again whichever server is not there; for whoever holds them."""
    with _starting():
        for server in needed():
            server.start()


def _nobody_else_uses(use: int) -> bool:
    try:
        fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _starting() -> Iterator[None]:
    with open(state.made(state.folder() / "locks") / "start.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
