"""Who leaves and who comes back, and whose accounts one may see to."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import links
from accounts.models import Membership, Role, User
from jobs.errors import Refusal

LINK_LIFE = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


@transaction.atomic
def deactivate(*, user_id: int, by: User | None = None) -> User:
    """The person cannot log in any more and is logged out everywhere; their votes stay."""
    administrators = User.objects.select_for_update(no_key=True).filter(
        is_superuser=True, is_active=True
    )
    others = [person for person in administrators.order_by("pk") if person.pk != user_id]
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.is_site_administrator and not others:
        raise Refusal(
            "last_site_administrator",
            f'"{user.username}" is the last active site administrator and cannot be deactivated. '
            "Make another site administrator first.",
            username=user.username,
        )
    if by is not None and by.pk == user.pk:
        raise Refusal(
            "nobody_deactivates_themselves",
            f'"{user.username}" is you, and nobody deactivates themselves. Ask another site '
            "administrator.",
            username=user.username,
        )
    user.is_active = False
    user.save(update_fields=["is_active"])
    Token.objects.filter(user=user).delete()
    _end_sessions(user)
    return user


@transaction.atomic
def reactivate(*, user_id: int) -> User:
    """The person may log in again, with the password they had."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    return user


def reset_link(*, user: User, at: datetime) -> tuple[str, datetime]:
    """A link with which the person sets a new password, once, and until when it works."""
    if not user.is_active:
        raise Refusal(
            "person_is_deactivated",
            f'"{user.username}" is deactivated, so a new password would not let them in. '
            "Reactivate the person first.",
            username=user.username,
        )
    return links.reset_url(user), at + LINK_LIFE


def check_may_see_to(*, by: User, user: User) -> None:
    """Accounts belong to the whole site: a site administrator sees to all of them, a coordinator
    to those of annotators who work nowhere but in corpora that this coordinator coordinates."""
    if by.is_site_administrator:
        return
    if user.is_site_administrator:
        raise _not_yours(user, "is a site administrator")
    coordinated = Membership.objects.filter(user=by, role=Role.COORDINATOR).values("corpus")
    others = Membership.objects.filter(user=user).exclude(
        role=Role.ANNOTATOR, corpus__in=coordinated
    )
    other = others.select_related("corpus").order_by("pk").first()
    if other is None:
        return
    if other.role == Role.COORDINATOR:
        raise _not_yours(user, "coordinates a corpus")
    raise _not_yours(user, "also works in a corpus that you do not coordinate")


def _not_yours(user: User, why: str) -> Refusal:
    return Refusal(
        "account_is_not_yours_to_manage",
        f'"{user.username}" {why}, so only a site administrator may deactivate the account, '
        "reactivate it or make a link that sets its password. Ask one; in this corpus you can "
        "pause the person.",
        status=403,
        username=user.username,
    )


def _end_sessions(user: User) -> None:
    """Sessions do not know whose they are, so all that are alive are looked into; otherwise
    those of somebody who is reactivated would go on."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    ended = [
        session.pk
        for session in alive.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=ended).delete()
