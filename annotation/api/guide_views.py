"""Guidelines beside the clip, and the tour before real work."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation import guidelines, practice
from annotation.api.desk_views import DeskView
from annotation.api.guide_serializers import (
    ChosenExamplesSerializer,
    ChosenLessonsSerializer,
    GuidelinesSerializer,
    LessonsSerializer,
    TourSerializer,
)
from collection.views import CorpusView
from jobs.permissions import IsCoordinator, IsMember


class GuidelinesView(CorpusView):
    permission_classes = (IsMember,)

    @extend_schema(operation_id="guidelines_get", responses=GuidelinesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How to label in this corpus, with example clips of the labels."""
        return Response(GuidelinesSerializer(guidelines.guidelines_of(self.corpus)).data)


class ExamplesView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="guidelines_examples",
        request=ChosenExamplesSerializer,
        responses=GuidelinesSerializer,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Choose the example clips, all of them; none of them may be being labeled."""
        given = ChosenExamplesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        guidelines.choose_examples(corpus=self.corpus, examples=given.chosen())
        return Response(GuidelinesSerializer(guidelines.guidelines_of(self.corpus)).data)


class PracticeClipsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="practice_clips_get", responses=ChosenLessonsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The clips that this corpus has chosen for the tour before real work."""
        return Response(ChosenLessonsSerializer(practice.chosen_by(self.corpus)).data)

    @extend_schema(
        operation_id="practice_clips_choose",
        request=LessonsSerializer,
        responses=ChosenLessonsSerializer,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Choose the tour, all of it; an empty one means Concord's own cartoons."""
        given = LessonsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        practice.choose(corpus=self.corpus, lessons=given.lessons())
        return Response(ChosenLessonsSerializer(practice.chosen_by(self.corpus)).data)


class TourView(CorpusView):
    permission_classes = (IsMember,)

    @extend_schema(operation_id="desk_practice", responses=TourSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The clips to practice on, with what a good answer is; coordinators see it too."""
        user: Any = request.user
        membership = user.membership_in(self.corpus)
        return Response(TourSerializer(practice.tour_of(self.corpus, membership)).data)


class TourDoneView(DeskView):
    @extend_schema(operation_id="desk_practice_done", request=None, responses={204: None})
    def post(self, request: Request, slug: str) -> Response:
        """One has been through the tour, or past it."""
        practice.done(membership=self.membership, at=timezone.now())
        return Response(status=204)
