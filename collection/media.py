"""Clips as a browser plays them, for members of their corpus."""

from pathlib import Path
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from collection import practice, storage
from collection.models import Clip
from collection.sending import send_file
from jobs.errors import Refusal

CONTENT_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}


def media_of(user: Any, clip_id: int) -> Clip:
    """The clip if it has a file and the person is a member of its corpus, which is not being
    deleted: one query."""
    clips = Clip.objects.filter(corpus__deletions=None).exclude(playable="")
    clips = clips.only("playable", "sha256", "name")
    if not user.is_site_administrator:
        clips = clips.filter(corpus__memberships__user=user)
    clip = clips.filter(pk=clip_id).first()
    if clip is None:
        raise Http404(f"There is no clip {clip_id} with a file among yours.")
    return clip


MEDIA = {
    200: OpenApiResponse(OpenApiTypes.BINARY, "The whole file."),
    206: OpenApiResponse(OpenApiTypes.BINARY, "The range asked for, or its first MB."),
    304: OpenApiResponse(description="It has not changed."),
    416: OpenApiResponse(description="The range lies behind the end."),
}


class MediaView(APIView):
    @extend_schema(operation_id="clip_media", responses=MEDIA)
    def get(self, request: Request, clip_id: int) -> HttpResponseBase:
        """The clip's video. Long ranges may be answered in part."""
        clip = media_of(request.user, clip_id)
        try:
            return send_file(
                request,
                clip.playable,
                content_type=content_type_of(clip.playable),
                etag=f'"{clip.sha256}"',
            )
        except FileNotFoundError as error:
            raise Refusal(
                "media_is_missing",
                f'the file of clip "{clip.name}" is not on the server any more. '
                "Tell the coordinator: the media must be restored.",
                status=404,
                clip=clip.name,
            ) from error


class PracticeMediaView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="practice_media", responses=MEDIA)
    def get(self, request: Request, mood: str) -> HttpResponseBase:
        """A cartoon of Concord's own to practice on, for whoever is signed in."""
        gone = Http404(f"There is no practice clip {mood[:60]}.")
        if mood not in practice.SEEDS:
            raise gone
        name = practice.relative_path_of(mood)
        try:
            about = storage.place().about(name)
            return send_file(
                request,
                name,
                content_type=content_type_of(name),
                etag=f'"{mood}-{about.size}-{about.changed}"',
            )
        except FileNotFoundError as error:
            raise gone from error


def content_type_of(relative: str) -> str:
    return CONTENT_TYPES.get(Path(relative).suffix, "application/octet-stream")
