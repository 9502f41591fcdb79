"""The two links a person is given: to join a corpus, to set a new password."""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import User


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
    token = default_token_generator.make_token(user)
    return f"{settings.PUBLIC_URL}/reset?{urlencode({'uid': uid, 'token': token})}"


def user_ids_in(uid: str) -> list[int]:
    """The one user id inside a reset link's `uid`; none if it was tampered with."""
    try:
        return [int(urlsafe_base64_decode(uid).decode("ascii"))]
    except ValueError:
        return []
