"""The labeling desk: one request a clip."""

from functools import cached_property
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Membership
from accounts.views import parsed
from annotation import actions, desk, own_votes
from annotation.actions import HeldSeat
from annotation.api.desk_serializers import (
    DeskSerializer,
    HeldSeatsSerializer,
    OwnVotesPageSerializer,
    RenewedSerializer,
    SkipRequestSerializer,
    UndoSerializer,
    VotesSerializer,
)
from annotation.models import LEASE
from collection.models import Corpus
from collection.views import CorpusView
from jobs.pages import PageQuerySerializer, asked_page
from jobs.permissions import IsAnnotator, is_signed_in


def held_seats(given: dict[str, Any]) -> list[HeldSeat]:
    return [HeldSeat(named["seat"], str(named["token"])) for named in given["seats"]]


class DeskView(CorpusView):
    """A view below /api/corpora/{slug}/desk."""

    permission_classes = (IsAnnotator,)

    @cached_property
    def corpus(self) -> Corpus:
        """With the membership in one query, since annotators ask for little else."""
        user: Any = self.request.user
        if not is_signed_in(self.request):
            return super().corpus
        own = Membership.objects.of_user_in(user.pk, self.kwargs["slug"])
        if own is None:
            return super().corpus
        user.remember_membership(own)
        return own.corpus

    @property
    def membership(self) -> Membership:
        user: Any = self.request.user
        membership = user.membership_in(self.corpus)
        assert membership is not None  # IsAnnotator has asked
        return membership

    def desk(self, *, asked: bool = False) -> Response:
        """What the annotator holds; having asked for more in vain, they hear why."""
        screens = desk.screens_of(self.membership)
        in_vain = asked and not screens
        shown = {
            "screens": screens,
            "nothing": desk.why_nothing(self.membership) if in_vain else None,
            "undo": desk.undoable(self.membership),
            "today": desk.votes_today(self.membership),
        }
        return Response(DeskSerializer(shown).data)

    def claim(self) -> Response:
        actions.claim(membership=self.membership, at=timezone.now())
        return self.desk(asked=True)


class ShowDeskView(DeskView):
    @extend_schema(operation_id="desk_show", responses=DeskSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What one holds; claims nothing."""
        return self.desk()


class ClaimView(DeskView):
    @extend_schema(operation_id="desk_claim", request=None, responses=DeskSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Fill the desk. Asking again returns the same held seats and tokens."""
        return self.claim()


class VoteView(DeskView):
    @extend_schema(operation_id="desk_vote", request=VotesSerializer, responses=DeskSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Cast the votes of one screen; the answer brings the next."""
        votes = VotesSerializer(data=request.data)
        votes.is_valid(raise_exception=True)
        actions.vote(
            membership=self.membership,
            answers=votes.answers(),
            manner=votes.manner(),
            at=timezone.now(),
        )
        return self.claim()


class UndoView(DeskView):
    @extend_schema(operation_id="desk_undo", request=UndoSerializer, responses=DeskSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Take back one's last vote; its screen comes first again."""
        given = parsed(UndoSerializer(data=request.data))
        actions.undo(membership=self.membership, seat=given["seat"], at=timezone.now())
        return self.desk()


class SkipView(DeskView):
    @extend_schema(
        operation_id="desk_skip", request=SkipRequestSerializer, responses=DeskSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Pass a clip over, with the reason; the answer brings the next."""
        given = parsed(SkipRequestSerializer(data=request.data))
        actions.skip(
            membership=self.membership,
            held=held_seats(given),
            reason=given["reason"],
            note=given["note"],
            at=timezone.now(),
        )
        return self.claim()


class ReleaseView(DeskView):
    @extend_schema(operation_id="desk_release", request=HeldSeatsSerializer, responses={204: None})
    def post(self, request: Request, slug: str) -> Response:
        """Give the seats of one screen back."""
        given = parsed(HeldSeatsSerializer(data=request.data))
        actions.release(membership=self.membership, held=held_seats(given), at=timezone.now())
        return Response(status=204)


class RenewView(DeskView):
    @extend_schema(
        operation_id="desk_renew", request=HeldSeatsSerializer, responses=RenewedSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Prolong leases while the page is open."""
        held = held_seats(parsed(HeldSeatsSerializer(data=request.data)))
        at = timezone.now()
        kept = actions.renew(membership=self.membership, held=held, at=at)
        lost = [named.seat for named in held if named.seat not in kept]
        return Response(RenewedSerializer({"leased_until": at + LEASE, "lost": lost}).data)


class OwnVotesView(DeskView):
    @extend_schema(
        operation_id="desk_history",
        parameters=[PageQuerySerializer],
        responses=OwnVotesPageSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """One's own votes, newest first, fifty a page."""
        count, rows = own_votes.page_of(self.membership, asked_page(request))
        return Response(OwnVotesPageSerializer({"count": count, "results": rows}).data)
