from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.prompts import add_password_argument, new_password, person_called, sentence


class Command(BaseCommand):
    help = "Set a person's password; their sessions and script tokens end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        add_password_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        user = person_called(options["username"])
        password = new_password(from_stdin=options["password_stdin"])
        try:
            actions.set_password(user=user, password=password)
        except ValidationError as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"{user.username} has a new password.")
