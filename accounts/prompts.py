"""What the commands about people ask for, and how they say no."""

import sys
from getpass import getpass
from unicodedata import category

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from accounts.models import User


def add_password_argument(parser: CommandParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from the first line of standard input instead of asking for it",
    )


def new_password(*, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if any(category(letter) in ("Cc", "Cs") for letter in password):
            raise CommandError(
                "The password holds characters that cannot be typed (control characters or bytes "
                "that are not UTF-8). Send another one."
            )
        return password
    if not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask for the password on. Send it with --password-stdin."
        )
    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise CommandError("The two passwords differ. Nothing was changed; try again.")
    return password


def person_called(username: str) -> User:
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise CommandError(
            f'There is no person with the username "{username}". Usernames are listed in /admin.'
        )
    return user


def sentence(error: ValidationError) -> str:
    """All messages of a form's fields in one line, each after its field's name."""
    return " ".join(
        f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()
    )
