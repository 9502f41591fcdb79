"""The two links a person is given: to join a corpus, to set a new password."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import User


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens for as long as the person may do no more and no less than when the link was made.

    A coordinator may give a link to an annotator of their own; it must not open the account of
    somebody who has since joined another corpus or become a site administrator.
    """

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        roles = sorted(user.memberships.values_list("corpus_id", "role"))
        return f"{super()._make_hash_value(user, timestamp)}{user.is_superuser}{roles}"


reset_tokens = ResetTokens()


def draw_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of an invitation's token: who reads the database cannot join with it."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def invitation_url(token: str) -> str:
    return f"{settings.PUBLIC_URL}/join/{token}"


def reset_url(user: User) -> str:
    """A link that sets a new password once, until PASSWORD_RESET_TIMEOUT has passed."""
    uid = urlsafe_base64_encode(str(user.pk).encode())
    token = reset_tokens.make_token(user)
    return f"{settings.PUBLIC_URL}/reset?{urlencode({'uid': uid, 'token': token})}"


def user_ids_in(uid: str) -> list[int]:
    """The one user id inside a reset link's `uid`; none if it was tampered with."""
    try:
        return [int(urlsafe_base64_decode(uid).decode("ascii"))]
    except ValueError:
        return []
