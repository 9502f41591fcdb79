"""Who may do what in which corpus."""

import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from collection.models import Corpus


class PeopleManager(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Logging in as `anna`, `Anna` or `ANNA` means the same person."""
        return self.get(username__iexact=username)


class User(AbstractUser):
    """A person. Site administrators have `is_superuser`; everything else is a Membership."""

    class Language(models.TextChoices):
        ENGLISH = "en"
        CHINESE = "zh-hans"

    display_name = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    rest_reminder = models.BooleanField(default=True)

    objects: ClassVar = PeopleManager()

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                Upper("username"),
                name="usernames_differ_by_more_than_case",
                violation_error_message="A person with this username exists already.",
            ),
            models.CheckConstraint(
                condition=Q(language__in=["en", "zh-hans"]), name="a_language_is_en_or_zh_hans"
            ),
        ]

    @property
    def is_site_administrator(self) -> bool:
        return self.is_superuser

    def membership_in(self, corpus: Corpus) -> "Membership | None":
        """The person's membership of this corpus, read once per user object.

        A request has its own user object, so what is remembered lives as long as the
        request; long-running code reads memberships itself.
        """
        known: dict[int, Membership | None] = self.__dict__.setdefault("_memberships", {})
        if corpus.pk not in known:
            known[corpus.pk] = self.memberships.filter(corpus=corpus).first()
        return known[corpus.pk]

    def remember_membership(self, membership: "Membership") -> None:
        """Spare `membership_in` a query for a membership that was read with something else."""
        self.__dict__.setdefault("_memberships", {})[membership.corpus_id] = membership

    def role_in(self, corpus: Corpus) -> str | None:
        """`coordinator`, `annotator` or None; paused annotators keep their role.

        Site administrators do everything a coordinator can, in every corpus, whatever
        membership they have.
        """
        if self.is_site_administrator:
            return Role.COORDINATOR.value
        membership = self.membership_in(corpus)
        return membership.role if membership else None

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.__dict__.pop("_memberships", None)

    def __str__(self) -> str:
        return self.display_name or self.username


class Role(models.TextChoices):
    ANNOTATOR = "annotator"
    COORDINATOR = "coordinator"


PSEUDONYM_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def draw_pseudonym() -> str:
    return "a-" + "".join(secrets.choice(PSEUDONYM_LETTERS) for _ in range(6))


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_user_in(self, user_id: int, slug: str) -> "Membership | None":
        """The person's membership of this corpus, with the corpus.

        Every vote asks for it, so it spares the making of a query: two thirds of its time.
        """
        both = [[field.attname for field in m._meta.concrete_fields] for m in (Membership, Corpus)]
        columns = [f"m.{c.column}" for c in Membership._meta.concrete_fields]
        columns += [f"c.{c.column}" for c in Corpus._meta.concrete_fields]
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT {", ".join(columns)} FROM accounts_membership m
                JOIN collection_corpus c ON c.id = m.corpus_id
                WHERE m.user_id = %s AND c.slug = %s AND NOT EXISTS
                    (SELECT FROM collection_corpusdeletion d WHERE d.corpus_id = c.id)""",
                [user_id, slug],
            )
            row = cursor.fetchone()
        if row is None:
            return None
        border = len(both[0])
        membership = Membership.from_db(self.db, both[0], row[:border])
        membership.corpus = Corpus.from_db(self.db, both[1], row[border:])
        return membership

    def annotators(self) -> "MembershipQuerySet":
        return self.filter(role=Role.ANNOTATOR)

    def active(self) -> "MembershipQuerySet":
        return self.filter(user__is_active=True, paused_at=None)


class Membership(models.Model):
    """A person's one role in a corpus.

    `pseudonym` stands for the person in exports and never changes. `stages`, if not
    empty, holds an annotator to these stages.
    """

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    pseudonym = models.CharField(max_length=80, default=draw_pseudonym)
    stages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    practiced_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["corpus", "user"], name="one_role_per_membership"),
            models.UniqueConstraint(
                fields=["corpus", "pseudonym"], name="a_pseudonym_stands_for_one_person"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["annotator", "coordinator"]),
                name="a_role_is_annotator_or_coordinator",
            ),
            models.CheckConstraint(
                condition=Q(stages__contained_by=["emotion", "reliability", "valence"]),
                name="people_are_held_to_stages_that_have_seats",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role} of {self.corpus})"


class Invitation(models.Model):
    """A link for one person, used once. Only the token's digest is kept."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        EXPIRED = "expired"
        REVOKED = "revoked"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=12, choices=Role, default=Role.ANNOTATOR)
    note = models.CharField(max_length=200, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
                name="an_invitation_is_accepted_by_one_person_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["annotator", "coordinator"]),
                name="an_invitation_is_for_an_annotator_or_coordinator",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="an_invitation_expires_after_it_is_made",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.corpus} as {self.role}"

    def state(self, at: datetime) -> "Invitation.State":
        if self.accepted_at:
            return self.State.ACCEPTED
        if self.revoked_at:
            return self.State.REVOKED
        return self.State.EXPIRED if at >= self.expires_at else self.State.OPEN


class LoginAttempt(models.Model):
    """One attempt to log in that has not succeeded, as long as it counts against its source.

    `source` is a digest of a username or an address: people type passwords into the
    wrong field.
    """

    source = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "at"], name="login_attempt_source")]

    def __str__(self) -> str:
        return f"login attempt at {self.at:%Y-%m-%d %H:%M:%S}"
