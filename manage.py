#!/usr/bin/env python
"""Django's command line; starts the embedded servers for as long as a command needs them."""

import errno
import os
import signal
import sys

WITHOUT_SERVERS = {"collectstatic", "help", "makemigrations", "spectacular"}
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import embedded, state
    from config.environment import SettingError

    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVERS:
        execute()
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # let what follows be tidied up
    try:
        with embedded.held():
            execute()
    except (state.StateError, embedded.ServerError, SettingError) as error:
        sys.exit(str(error))


def execute() -> None:
    """The command; one sentence if the database does not answer, or a file may not be written."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, connection

    from config import state

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        secret = "SECRET_KEY" in str(error)
        sys.exit(f"{error} Run this in the web server's container." if secret else str(error))
    except OSError as error:
        if error.errno not in NOT_ALLOWED or not error.filename:
            raise
        sys.exit(state.not_allowed(error))
    except OperationalError as error:
        try:
            connection.ensure_connection()
        except OperationalError:
            said = " ".join(str(error).split())
            sys.exit(
                f"The database does not answer: {said}. Is DATABASE_URL right, and does its "
                "PostgreSQL run? Without DATABASE_URL, Concord starts its own."
            )
        raise


if __name__ == "__main__":
    main()
