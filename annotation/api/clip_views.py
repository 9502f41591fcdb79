"""Clips under a coordinator's eyes: found, looked into, set aside, their votes voided."""

from functools import cached_property

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed
from annotation import coordination, guidelines
from annotation.api.clip_serializers import (
    ClipChangeSerializer,
    ClipHistorySerializer,
    ClipsPageSerializer,
    ClipsQuerySerializer,
    VoidRequestSerializer,
)
from annotation.api.corpus_serializers import ReasonSerializer
from annotation.clip_list import Where, clips_page
from annotation.history import clip_history
from annotation.protocol import Stage
from collection.models import Clip
from collection.views import CorpusView
from jobs.permissions import IsCoordinator


class ClipsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="clips_list",
        parameters=[ClipsQuerySerializer],
        responses=ClipsPageSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Clips found and sorted, fifty a page."""
        asked = parsed(ClipsQuerySerializer(data=request.query_params))
        sort, page = asked.pop("sort"), asked.pop("page")
        count, rows = clips_page(self.corpus, Where(**asked), sort=sort, page=page)
        return Response(ClipsPageSerializer({"count": count, "results": rows}).data)


class OneClipView(CorpusView):
    """A view below /api/corpora/{slug}/clips/{name}."""

    permission_classes = (IsCoordinator,)

    @cached_property
    def clip(self) -> Clip:
        name = self.kwargs["name"]
        clip = Clip.objects.filter(corpus=self.corpus, name=name).select_related("video").first()
        if clip is None:
            raise Http404(f"There is no clip {name} in corpus {self.corpus.slug}.")
        return clip

    def history(self) -> Response:
        return Response(ClipHistorySerializer(clip_history(self.clip)).data)


class ClipView(OneClipView):
    @extend_schema(operation_id="clip_history", responses=ClipHistorySerializer)
    def get(self, request: Request, slug: str, name: str) -> Response:
        """A clip with every labeling, pair, seat and vote it ever had."""
        return self.history()

    @extend_schema(
        operation_id="clip_change", request=ClipChangeSerializer, responses=ClipHistorySerializer
    )
    def patch(self, request: Request, slug: str, name: str) -> Response:
        """Say what to warn of before this clip plays."""
        given = parsed(ClipChangeSerializer(data=request.data))
        guidelines.warn_of_content(clip=self.clip, content_warning=given["content_warning"])
        self.clip.refresh_from_db(fields=["content_warning"])
        return self.history()


class SetAsideView(OneClipView):
    @extend_schema(
        operation_id="clip_set_aside", request=ReasonSerializer, responses=ClipHistorySerializer
    )
    def post(self, request: Request, slug: str, name: str) -> Response:
        """Take the clip out of the labeling, with a reason."""
        reason = parsed(ReasonSerializer(data=request.data))["reason"]
        coordination.set_aside(
            clip=self.clip,
            reason=reason,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return self.history()


class RestoreView(OneClipView):
    @extend_schema(operation_id="clip_restore", request=None, responses=ClipHistorySerializer)
    def post(self, request: Request, slug: str, name: str) -> Response:
        """Put a clip that was set aside back to where its votes leave it."""
        coordination.restore(
            clip=self.clip,
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return self.history()


class ClipVoidsView(OneClipView):
    @extend_schema(
        operation_id="clip_void_votes",
        request=VoidRequestSerializer,
        responses=ClipHistorySerializer,
    )
    def post(self, request: Request, slug: str, name: str) -> Response:
        """Take votes of this clip out of the count, with a reason."""
        given = parsed(VoidRequestSerializer(data=request.data))
        coordination.void_votes(
            clip=self.clip,
            votes=[(Stage(vote["kind"]), vote["id"]) for vote in given["votes"]],
            reason=given["reason"],
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
        return self.history()
