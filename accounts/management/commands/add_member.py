from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import actions
from accounts.models import Role
from accounts.prompts import person_called
from collection.models import Corpus
from jobs.errors import Refusal


class Command(BaseCommand):
    help = "Give a person a role in a corpus."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("username")
        parser.add_argument("role", choices=Role.values)

    def handle(self, *args: Any, **options: Any) -> None:
        corpus = Corpus.objects.filter(slug=options["corpus"]).first()
        if corpus is None:
            known = ", ".join(Corpus.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(
                f'There is no corpus "{options["corpus"]}". The corpora are: {known}.'
            )
        user = person_called(options["username"])
        try:
            actions.add_member(corpus=corpus, user=user, role=options["role"])
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{user.username} is {options['role']} of {corpus.slug} now.")
