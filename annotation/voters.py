"""Who the names in a file of votes are."""

import re
from collections.abc import Iterable

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Role, User
from collection.faults import Fault
from collection.models import Corpus
from jobs.sentences import Rule

LONGEST_USERNAME = 150
AT_ONCE = 1000  # people a statement
NOT_IN_USERNAMES = re.compile(r"[^\w.@+-]+")


class Voters:
    """The annotators of a corpus by the names that files have for them.

    A name is a pseudonym of this corpus or, if no pseudonym is the same, a member's username.
    `person` is the pseudonym in either case. Somebody who is no member is never taken for one.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.by_pseudonym: dict[str, Membership] = {}
        self.by_username: dict[str, Membership] = {}
        for membership in Membership.objects.filter(corpus=corpus).select_related("user"):
            self._know(membership)

    def _know(self, membership: Membership) -> None:
        self.by_pseudonym[membership.pseudonym] = membership
        self.by_username[membership.user.username.casefold()] = membership

    def membership(self, name: str) -> Membership | None:
        return self.by_pseudonym.get(name) or self.by_username.get(name.casefold())

    def why_not(self, name: str, *, create: bool) -> Rule | None:
        """Why this name cannot have voted, if so."""
        membership = self.membership(name)
        if membership is None:
            if create:
                return None
            return Rule(
                "no_such_annotator",
                "the corpus has no annotator of this pseudonym or username; invite them, or "
                "import with --create-annotators",
            )
        if membership.role != Role.ANNOTATOR:
            return Rule(
                "is_no_annotator",
                f"this is a {membership.role} of the corpus, and only annotators vote",
            )
        return None

    def user_ids(self) -> dict[str, int]:
        return {name: found.user_id for name, found in self.by_pseudonym.items()}

    def create(self, names: Iterable[str], *, prefix: str | None = None) -> None:
        """Annotators who cannot log in, under these pseudonyms."""
        new = [name for name in dict.fromkeys(names) if self.membership(name) is None]
        usernames = _free_usernames([f"{prefix or self.corpus.slug}-{name}" for name in new])
        users = User.objects.bulk_create(
            [
                User(username=username, display_name=name, password=make_password(None))
                for name, username in zip(new, usernames, strict=True)
            ],
            batch_size=AT_ONCE,
        )
        memberships = Membership.objects.bulk_create(
            [
                Membership(corpus=self.corpus, user=user, role=Role.ANNOTATOR, pseudonym=name)
                for name, user in zip(new, users, strict=True)
            ],
            batch_size=AT_ONCE,
        )
        for membership in memberships:
            self._know(membership)


def unknown_faults(
    voters: Voters, names: Iterable[tuple[str, int]], *, create: bool
) -> list[Fault]:
    """A fault for every name that cannot have voted, at the first row that has it."""
    return [
        Fault(row, "annotator", name, why)
        for name, row in names
        if (why := voters.why_not(name, create=create))
    ]


def _free_usernames(wished: list[str]) -> list[str]:
    """Usernames that nobody has, as near to the wished ones as may be."""
    cleaned = [
        NOT_IN_USERNAMES.sub("-", wish).strip("-")[: LONGEST_USERNAME - 8] for wish in wished
    ]
    taken = {name.upper() for name in User.objects.values_list("username", flat=True)}
    free = []
    for name in cleaned:
        candidate, number = name, 1
        while candidate.upper() in taken:
            number += 1
            candidate = f"{name}-{number}"
        taken.add(candidate.upper())
        free.append(candidate)
    return free
