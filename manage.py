#!/usr/bin/env python
"""Django's command line; starts the embedded servers for as long as a command needs them."""

import os
import signal
import sys

WITHOUT_SERVERS = {"collectstatic", "help", "makemigrations", "spectacular"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config import embedded, state

    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVERS:
        execute_from_command_line(sys.argv)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # let what follows be tidied up
    try:
        with embedded.held():
            execute_from_command_line(sys.argv)
    except (state.StateError, embedded.ServerError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
