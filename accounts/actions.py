"""What is done with people and memberships: lock, check, write."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework.authtoken.models import Token

from accounts import links
from accounts.models import Membership, Role, User
from collection.models import Corpus
from jobs.errors import Refusal


@dataclass(frozen=True)
class NewPerson:
    """What somebody who joins says about themselves."""

    username: str
    password: str
    display_name: str = ""
    language: str = User.Language.ENGLISH.value


# People


@transaction.atomic
def make_person(*, person: NewPerson, site_administrator: bool = False) -> User:
    """A new person; raises ValidationError with every field that is not right."""
    user = User(
        username=User.normalize_username(person.username.strip()),
        display_name=person.display_name.strip(),
        language=person.language,
        is_superuser=site_administrator,
        is_staff=site_administrator,
    )
    errors: dict[str, Any] = {}
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        errors |= error.message_dict
    if User.objects.filter(username__iexact=user.username).exists():
        errors["username"] = ValidationError(
            'The username "%(username)s" is taken. Choose another one, or log in first if it is '
            "yours.",
            code="username_is_taken",
            params={"username": user.username},
        )
    errors |= _password_errors(person.password, user, field="password")
    if errors:
        raise ValidationError(errors)
    user.set_password(person.password)
    user.save()
    return user


@transaction.atomic
def change_profile(
    *,
    user: User,
    display_name: str | None = None,
    language: str | None = None,
    rest_reminder: bool | None = None,
) -> User:
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if display_name is not None:
        locked.display_name = display_name.strip()
    if language is not None:
        locked.language = language
    if rest_reminder is not None:
        locked.rest_reminder = rest_reminder
    locked.clean_fields(exclude=["password"])
    locked.save(update_fields=["display_name", "language", "rest_reminder"])
    return locked


@transaction.atomic
def change_password(*, user: User, old_password: str, new_password: str) -> User:
    """A new password; the old one's sessions and script tokens end."""
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not locked.check_password(old_password):
        raise Refusal(
            "wrong_password",
            "The old password is not right, so the password was not changed. Type the password "
            "you logged in with, or ask the site administrator for a link that sets a new one.",
            status=400,
        )
    return set_password(user=locked, password=new_password, field="new_password")


@transaction.atomic
def reset_password(*, uid: str, token: str, new_password: str) -> User:
    """A new password by link; the link works once, since it depends on the old password."""
    locked = (
        User.objects.select_for_update(no_key=True)
        .filter(pk__in=links.user_ids_in(uid), is_active=True)
        .first()
    )
    if locked is None or not links.reset_tokens.check_token(locked, token):
        raise Refusal(
            "reset_link_not_valid",
            "This link was used already, is too old or was cut short. Ask the site "
            "administrator for a new one.",
            status=400,
        )
    return set_password(user=locked, password=new_password, field="new_password")


@transaction.atomic
def set_password(*, user: User, password: str, field: str = "password") -> User:
    """Sessions end with the old password by themselves; tokens of scripts end here."""
    errors = _password_errors(password, user, field=field)
    if errors:
        raise ValidationError(errors)
    user.set_password(password)
    user.save(update_fields=["password"])
    Token.objects.filter(user=user).delete()
    return user


def _password_errors(password: str, user: User, *, field: str) -> dict[str, list[str]]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {field: error.messages}
    return {}


# Memberships


@transaction.atomic
def add_member(*, corpus: Corpus, user: User, role: str) -> Membership:
    """Give a person their one role in a corpus."""
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)  # of two, one waits
    membership = Membership.objects.filter(corpus=corpus, user=person).first()
    if membership:
        raise Refusal(
            "already_a_member",
            f'"{person.username}" is already {membership.role} of {corpus.slug}, and one person '
            "has one role in a corpus. A coordinator can change the role on the corpus's page.",
            username=person.username,
            corpus=corpus.slug,
            role=membership.role,
        )
    _check_role_for(person, role)
    membership = Membership(corpus=corpus, user=person, role=role)
    membership.clean_fields()
    membership.save()
    return membership


@transaction.atomic
def change_member(
    *,
    corpus: Corpus,
    membership_id: int,
    at: datetime,
    count_seats: Callable[[Membership], int],
    paused: bool | None = None,
    stages: list[str] | None = None,
    role: str | None = None,
) -> Membership:
    """Pause or go on, hold to stages (all if empty), change the role; None leaves as it is.

    Seats belong to a higher layer, which says with `count_seats` how many a membership
    has ever had; it is asked while the membership is locked.
    """
    membership = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(corpus=corpus, pk=membership_id)
        .first()
    )
    if membership is None:
        raise Refusal(
            "member_not_found",
            f"Corpus {corpus.slug} has no member {membership_id}. Reload the list of people.",
            status=404,
            corpus=corpus.slug,
            membership=membership_id,
        )
    if role is not None and role != membership.role:
        _change_role(membership, role, count_seats)
    if paused is not None or stages is not None:
        _check_is_annotator(membership)
    if paused is not None and paused != bool(membership.paused_at):
        membership.paused_at = at if paused else None
    if stages is not None:
        membership.stages = sorted(set(stages))
    membership.clean_fields()
    membership.save(update_fields=["role", "paused_at", "stages"])
    return membership


def _change_role(
    membership: Membership, role: str, count_seats: Callable[[Membership], int]
) -> None:
    _check_role_for(membership.user, role)
    seats = count_seats(membership) if role == Role.COORDINATOR else 0
    if seats:
        raise Refusal(
            "a_coordinator_holds_no_seats",
            f"{membership.user} has {seats} seats in {membership.corpus.slug}, and a coordinator "
            "holds no seats. Invite the person to coordinate under a second username.",
            username=membership.user.username,
            corpus=membership.corpus.slug,
            seats=seats,
        )
    membership.role = role
    membership.paused_at = None
    membership.stages = []


def _check_role_for(user: User, role: str) -> None:
    if user.is_site_administrator and role == Role.ANNOTATOR:
        raise Refusal(
            "a_site_administrator_holds_no_seats",
            f'"{user.username}" is a site administrator, coordinates every corpus and so cannot '
            "be its annotator. Join with a second username to label clips.",
            username=user.username,
        )


def _check_is_annotator(membership: Membership) -> None:
    if membership.role != Role.ANNOTATOR:
        raise Refusal(
            "only_annotators_can_be_held",
            f"{membership.user} is coordinator of {membership.corpus.slug} and holds no seats, so "
            "there is nothing to pause or to hold to stages. Only annotators can be.",
            username=membership.user.username,
            corpus=membership.corpus.slug,
        )
