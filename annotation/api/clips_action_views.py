"""Doing something to several clips at once."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed
from annotation import clips_actions
from annotation.api.clips_action_serializers import (
    ClipsActionReportSerializer,
    ClipsActionRequestSerializer,
    ClipsActionSerializer,
)
from annotation.clip_list import Where
from annotation.models import ClipsAction
from collection.views import CorpusView
from jobs.permissions import IsCoordinator


class ClipsActionsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="clips_action_start",
        request=ClipsActionRequestSerializer,
        responses={201: ClipsActionSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Set clips aside, restore them, or void all their votes that count, in a job."""
        given = parsed(ClipsActionRequestSerializer(data=request.data))
        where = given.get("where")
        action = clips_actions.start(
            corpus=self.corpus,
            what=given["what"],
            names=given.get("names"),
            where=Where(**where) if where is not None else None,
            reason=given["reason"],
            by=request.user,  # type: ignore[arg-type]
        )
        return Response(ClipsActionSerializer(action).data, status=201)


class ClipsActionView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="clips_action_get", responses=ClipsActionReportSerializer)
    def get(self, request: Request, slug: str, action_id: int) -> Response:
        """How far it is, and which clips were refused and why."""
        actions = ClipsAction.objects.select_related("job").filter(corpus=self.corpus)
        action = actions.filter(pk=action_id).first()
        if action is None:
            raise Http404(f"There is no such action in corpus {self.corpus.slug}.")
        action.refused = clips_actions.refused_clips(action)  # type: ignore[attr-defined]
        return Response(ClipsActionReportSerializer(action).data)
