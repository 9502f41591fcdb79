"""Invitations: made and listed by coordinators, seen and accepted by whoever has the link."""

from typing import Any

from django.contrib.auth import login
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import invitations
from accounts.actions import NewPerson
from accounts.models import User
from accounts.serializers import (
    InvitationAcceptanceSerializer,
    InvitationOfferSerializer,
    InvitationsPageSerializer,
    IssuedInvitationSerializer,
    NewInvitationSerializer,
    SessionSerializer,
)
from accounts.views import MODEL_BACKEND, LoginAPIView, parsed, session_of, signed_in
from collection.views import CorpusView
from jobs.pages import PageQuerySerializer, asked_page, page_of
from jobs.permissions import IsCoordinator


class InvitationsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="invitations_list",
        parameters=[PageQuerySerializer],
        responses=InvitationsPageSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Invitations to the corpus, the newest first, fifty a page."""
        at = timezone.now()
        invited = self.corpus.invitations.select_related("accepted_by").order_by("-pk")
        page = page_of(invited, asked_page(request))
        page["results"] = [
            {
                "id": invitation.pk,
                "role": invitation.role,
                "note": invitation.note,
                "created_at": invitation.created_at,
                "expires_at": invitation.expires_at,
                "state": invitation.state(at),
                "accepted_by": str(invitation.accepted_by) if invitation.accepted_by else None,
            }
            for invitation in page["results"]
        ]
        return Response(InvitationsPageSerializer(page).data)

    @extend_schema(
        operation_id="invitation_make",
        request=NewInvitationSerializer,
        responses={201: IssuedInvitationSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A link by which one person joins the corpus. It is shown only in this answer."""
        given = parsed(NewInvitationSerializer(data=request.data))
        invitation, url = invitations.invite(
            corpus=self.corpus, invited_by=signed_in(request), at=timezone.now(), **given
        )
        issued = {
            "id": invitation.pk,
            "url": url,
            "role": invitation.role,
            "note": invitation.note,
            "expires_at": invitation.expires_at,
        }
        return Response(IssuedInvitationSerializer(issued).data, status=201)


class InvitationView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="invitation_revoke",
        responses={204: OpenApiResponse(description="The link is worthless now.")},
    )
    def delete(self, request: Request, slug: str, invitation_id: int) -> Response:
        """Revoke an invitation nobody has accepted."""
        invitations.revoke(corpus=self.corpus, invitation_id=invitation_id, at=timezone.now())
        return Response(status=204)


class InvitationOfferView(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="invitation_offer", responses=InvitationOfferSerializer)
    def get(self, request: Request, token: str) -> Response:
        """What the person with this link is invited to."""
        invitation = invitations.open_invitation(token=token, at=timezone.now())
        return Response(InvitationOfferSerializer(invitation).data)


class InvitationAcceptanceView(LoginAPIView):
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="invitation_accept",
        request=InvitationAcceptanceSerializer,
        responses=SessionSerializer,
    )
    def post(self, request: Request, token: str) -> Response:
        """Join, as who is logged in or as somebody new, who is logged in by this."""
        known = request.user if isinstance(request.user, User) else None
        context: dict[str, Any] = {"user": known}
        given = parsed(InvitationAcceptanceSerializer(data=request.data, context=context))
        user = invitations.accept(token=token, by=known or NewPerson(**given), at=timezone.now())
        if known is None:
            login(request, user, backend=MODEL_BACKEND)
        return session_of(request, user)
