"""Who is logged in: sessions, passwords, tokens for scripts."""

from typing import Any

from django.contrib.auth import login, logout, update_session_auth_hash
from django.middleware.csrf import get_token
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.credentials import counted_attempt, person_with
from accounts.models import User
from accounts.serializers import (
    CredentialsSerializer,
    PasswordChangeSerializer,
    PasswordResetSerializer,
    ScriptTokenSerializer,
    SessionChangeSerializer,
    SessionSerializer,
)

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def parsed(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def signed_in(request: Request) -> User:
    """The person who asks, where a permission has seen to it that there is one."""
    assert isinstance(request.user, User)
    return request.user


def session_of(request: Request, user: Any) -> Response:
    """The session as the front end reads it, and the cookie its next request needs."""
    get_token(request)
    shown = None
    if user.is_authenticated:
        shown = {
            "id": user.pk,
            "username": user.username,
            "display_name": user.display_name,
            "language": user.language,
            "rest_reminder": user.rest_reminder,
            "is_site_administrator": user.is_site_administrator,
            "memberships": user.memberships.filter(corpus__deletions=None)
            .select_related("corpus")
            .order_by("corpus__slug"),
        }
    return Response(SessionSerializer({"user": shown}).data)


class LoginAPIView(APIView):
    """Where somebody becomes logged in, the CSRF token is asked of everybody.

    Otherwise another site could log a visitor in as somebody else and collect what
    they then label.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.auth is None:  # scripts send a token, which no other site has
            SessionAuthentication().enforce_csrf(request)


class SessionView(LoginAPIView):
    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated()] if self.request.method == "PATCH" else [AllowAny()]

    @extend_schema(operation_id="session_get", responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        """Who is logged in. Sets the `csrftoken` cookie."""
        return session_of(request, request.user)

    @extend_schema(
        operation_id="session_login", request=CredentialsSerializer, responses=SessionSerializer
    )
    def post(self, request: Request) -> Response:
        """Log in."""
        given = parsed(CredentialsSerializer(data=request.data))
        user = person_with(request=request, **given)
        login(request, user)
        return session_of(request, user)

    @extend_schema(
        operation_id="session_logout", responses={204: OpenApiResponse(description="Logged out.")}
    )
    def delete(self, request: Request) -> Response:
        """Log out."""
        logout(request)
        return Response(status=204)

    @extend_schema(
        operation_id="session_change", request=SessionChangeSerializer, responses=SessionSerializer
    )
    def patch(self, request: Request) -> Response:
        """Change one's own display name, language or reminder to rest."""
        given = parsed(SessionChangeSerializer(data=request.data))
        user = actions.change_profile(user=signed_in(request), **given)
        return session_of(request, user)


class PasswordView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="password_change",
        request=PasswordChangeSerializer,
        responses={204: OpenApiResponse(description="Changed; other sessions have ended.")},
    )
    def post(self, request: Request) -> Response:
        """Change one's own password. This session goes on, all others of the person end."""
        given = parsed(PasswordChangeSerializer(data=request.data))
        with counted_attempt(username=signed_in(request).username, request=request):
            user = actions.change_password(user=signed_in(request), **given)
        update_session_auth_hash(request, user)
        return Response(status=204)


class PasswordResetView(LoginAPIView):
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="password_reset", request=PasswordResetSerializer, responses=SessionSerializer
    )
    def post(self, request: Request) -> Response:
        """Set a new password by link, and log in."""
        given = parsed(PasswordResetSerializer(data=request.data))
        user = actions.reset_password(**given)
        login(request, user, backend=MODEL_BACKEND)
        return session_of(request, user)


class ScriptTokenView(APIView):
    """Sets no cookie and reads none, so there is nothing for another site to forge."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="token_get",
        auth=[],
        request=CredentialsSerializer,
        responses=ScriptTokenSerializer,
    )
    def post(self, request: Request) -> Response:
        """The token a script sends as `Authorization: Token …`."""
        given = parsed(CredentialsSerializer(data=request.data))
        user = person_with(request=request, **given)
        token, _ = Token.objects.get_or_create(user=user)
        return Response(ScriptTokenSerializer({"token": token.key}).data)
