"""The people of a corpus: how they vote, what they may do, whether they are still here."""

from functools import cached_property

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions as memberships
from accounts import departures
from accounts.models import Membership, User
from accounts.views import parsed, signed_in
from annotation import coordination, hours, leaving
from annotation.api.corpus_serializers import ReasonSerializer
from annotation.api.file_serializers import StartedJobSerializer
from annotation.api.people_serializers import (
    PersonChangeSerializer,
    PersonSerializer,
    ResetLinkSerializer,
)
from annotation.people_statistics import statistics_of
from annotation.progress import seats_held
from collection.views import CorpusView
from jobs.permissions import IsCoordinator

PERIOD = [
    OpenApiParameter(name, OpenApiTypes.DATE, description=f"{what} day, in the server's time zone.")
    for name, what in (("from", "First"), ("to", "Last"))
]


class PeopleView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="people_list", responses=PersonSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Everybody with a role in the corpus, with the votes that count and how fast they came."""
        people = Membership.objects.filter(corpus=self.corpus).select_related("user")
        serializer = PersonSerializer(
            people.order_by("role", "user__username"),
            many=True,
            context={"statistics": statistics_of(self.corpus)},
        )
        return Response(serializer.data)


class HoursView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="people_hours",
        parameters=PERIOD,
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Hours of work for payment: a CSV with a line per annotator, day and stage."""
        asked = request.query_params
        since, until = hours.read_period(asked.get("from"), asked.get("to"))
        lines = hours.hours_csv(self.corpus, since, until)
        period = "".join(f"-{day}" for day in (since, until) if day)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"hours-{self.corpus.slug}{period}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response


class OnePersonView(CorpusView):
    permission_classes = (IsCoordinator,)

    @cached_property
    def membership(self) -> Membership:
        people = Membership.objects.filter(corpus=self.corpus).select_related("user", "corpus")
        membership = people.filter(pk=self.kwargs["membership_id"]).first()
        if membership is None:
            raise Http404(f"There is no such person in corpus {self.corpus.slug}.")
        return membership

    def person(self, membership: Membership) -> Response:
        """The person's row; only their own votes are counted for it."""
        statistics = statistics_of(self.corpus, membership.user_id)
        return Response(PersonSerializer(membership, context={"statistics": statistics}).data)

    def account(self, request: Request) -> User:
        """The person's account, if it is the asking person's to see to."""
        user = self.membership.user
        departures.check_may_see_to(by=signed_in(request), user=user)
        return user


class PersonView(OnePersonView):
    @extend_schema(
        operation_id="person_change", request=PersonChangeSerializer, responses=PersonSerializer
    )
    def patch(self, request: Request, slug: str, membership_id: int) -> Response:
        """Pause or resume a person, hold them to stages, change their role."""
        changes = parsed(PersonChangeSerializer(data=request.data, partial=True))
        changed = memberships.change_member(
            corpus=self.corpus,
            membership_id=self.membership.pk,
            at=timezone.now(),
            count_seats=seats_held,
            **changes,
        )
        return self.person(changed)


class PersonDeactivationView(OnePersonView):
    @extend_schema(operation_id="person_deactivate", request=None, responses=PersonSerializer)
    def post(self, request: Request, slug: str, membership_id: int) -> Response:
        """End the account: sessions and tokens end, held clips are given back, votes stay."""
        user = self.account(request)
        leaving.deactivate(user=user, by=signed_in(request), at=timezone.now())
        user.refresh_from_db()
        return self.person(self.membership)


class PersonReactivationView(OnePersonView):
    @extend_schema(operation_id="person_reactivate", request=None, responses=PersonSerializer)
    def post(self, request: Request, slug: str, membership_id: int) -> Response:
        """Let the person log in again."""
        self.membership.user = departures.reactivate(user_id=self.account(request).pk)
        return self.person(self.membership)


class PersonResetLinkView(OnePersonView):
    @extend_schema(
        operation_id="person_reset_link", request=None, responses={201: ResetLinkSerializer}
    )
    def post(self, request: Request, slug: str, membership_id: int) -> Response:
        """A link with which the person sets a new password, once. Shown only in this answer."""
        url, expires_at = departures.reset_link(user=self.account(request), at=timezone.now())
        link = {"url": url, "expires_at": expires_at}
        return Response(ResetLinkSerializer(link).data, status=201)


class PersonVoidView(OnePersonView):
    @extend_schema(
        operation_id="person_void_votes",
        request=ReasonSerializer,
        responses={201: StartedJobSerializer},
    )
    def post(self, request: Request, slug: str, membership_id: int) -> Response:
        """Void every vote that this annotator has cast so far, in a job."""
        void = coordination.start_void_of_annotator(
            membership=self.membership,
            reason=parsed(ReasonSerializer(data=request.data))["reason"],
            by=signed_in(request),
            at=timezone.now(),
        )
        return Response(StartedJobSerializer({"job": void.job}).data, status=201)
