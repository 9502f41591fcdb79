from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import NewPerson, make_person
from accounts.prompts import add_password_argument, new_password, sentence


class Command(BaseCommand):
    help = "Make a site administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--display-name", default="")
        add_password_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        person = NewPerson(
            username=options["username"],
            display_name=options["display_name"],
            password=new_password(from_stdin=options["password_stdin"]),
        )
        try:
            user = make_person(person=person, site_administrator=True)
        except ValidationError as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"{user.username} is a site administrator now.")
