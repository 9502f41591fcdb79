"""What is written to the log: never what somebody else could use to get in."""

import logging
import re

# Of an invitation, which the path holds, and of a link for a new password. Who has one joins a
# corpus, or takes over an account, with no password.
TOKENS = re.compile(r"(/api/invitations/|/join/|[?&]token=)[^\s/?#&'\"]+")


class WithoutTokens(logging.Formatter):
    """The whole line, so that it does not matter who wrote it, or whether a traceback follows."""

    def format(self, record: logging.LogRecord) -> str:
        return TOKENS.sub(r"\1***", super().format(record))
