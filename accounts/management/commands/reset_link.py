from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.links import reset_url
from accounts.prompts import person_called


class Command(BaseCommand):
    help = "Print a link with which a person sets a new password, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = person_called(options["username"])
        if not user.is_active:
            raise CommandError(
                f'"{user.username}" is deactivated, so a new password would not let them in. '
                "Reactivate the person in /admin first."
            )
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        self.stdout.write(reset_url(user))
        self.stderr.write(f"It works once, within {hours} hours.")
