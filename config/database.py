"""Where the database is and how connections to it are kept: what Django's DATABASES says of it."""

from typing import Any

from config.environment import SettingError, env

SCHEMES = ("postgresql:", "postgres:")


def settings(url: str) -> dict[str, Any]:
    """Of the PostgreSQL at this address; a connection a thread, or a pool for the process."""
    if not url.startswith(SCHEMES):
        raise SettingError(
            f"DATABASE_URL begins with {url.partition(':')[0]}:, and Concord needs a PostgreSQL: "
            "postgresql://USER@HOST:5432/NAME"
        )
    said: dict[str, Any] = env.db_url_config(url)
    options: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 5}
    if size := env.int("DATABASE_POOL", default=0):
        options |= {"pool": pool(size)}
    return said | {
        # A pool keeps its connections itself, and Django must give each back after its request.
        "CONN_MAX_AGE": 0 if size else env.int("CONN_MAX_AGE", default=600),  # s
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": said.get("OPTIONS", {}) | options,
    }


def pool(size: int) -> dict[str, Any]:
    """psycopg_pool's words for at most so many connections, made as they are needed."""
    return {
        "min_size": 1,
        "max_size": max(size, 2),  # a job and its heartbeat
        "timeout": 5,  # s that a request waits for one before it is told that the database is busy
        # After so many seconds without the database the pool waits to be asked again. It would
        # otherwise try at growing intervals, and not notice for minutes that the database is back.
        "reconnect_timeout": 5,
    }
