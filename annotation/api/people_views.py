"""The people of a corpus and the clips they skipped."""

from functools import cached_property

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions as memberships
from accounts.models import Membership
from accounts.views import parsed
from annotation import coordination
from annotation.api.corpus_serializers import (
    PersonChangeSerializer,
    PersonSerializer,
    ReasonSerializer,
    SkipSerializer,
)
from annotation.api.file_serializers import StartedJobSerializer
from annotation.models import Skip
from annotation.progress import seats_held, votes_by_annotator
from collection.views import CorpusView
from jobs.permissions import IsCoordinator


class PeopleView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="people_list", responses=PersonSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Everybody with a role in the corpus, with the votes that stand."""
        people = Membership.objects.filter(corpus=self.corpus).select_related("user")
        votes = votes_by_annotator(self.corpus)
        serializer = PersonSerializer(
            people.order_by("role", "user__username"), many=True, context={"votes": votes}
        )
        return Response(serializer.data)


class OnePersonView(CorpusView):
    permission_classes = (IsCoordinator,)

    @cached_property
    def membership(self) -> Membership:
        people = Membership.objects.filter(corpus=self.corpus).select_related("user", "corpus")
        membership = people.filter(pk=self.kwargs["membership_id"]).first()
        if membership is None:
            raise Http404(f"There is no such person in corpus {self.corpus.slug}.")
        return membership


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
        votes = votes_by_annotator(self.corpus)
        return Response(PersonSerializer(changed, context={"votes": votes}).data)


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
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return Response(StartedJobSerializer({"job": void.job}).data, status=201)


class SkipsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="skips_list", responses=SkipSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Skips that nobody has cleared, newest first, five hundred at most."""
        skips = Skip.objects.filter(corpus=self.corpus, cleared_at=None)
        shown = skips.select_related("clip", "annotator").order_by("-at", "-pk")[:500]
        return Response(SkipSerializer(shown, many=True).data)


class ClearSkipView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="skip_clear", request=None, responses={204: None})
    def post(self, request: Request, slug: str, skip_id: int) -> Response:
        """Offer the clip to the annotator again."""
        skip = Skip.objects.filter(corpus=self.corpus, pk=skip_id).first()
        if skip is None:
            raise Http404(f"There is no skip {skip_id} in corpus {self.corpus.slug}.")
        coordination.clear_skip(
            skip=skip,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return Response(status=204)
