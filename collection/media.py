"""Clips as a browser plays them, for members of their corpus."""

from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from collection import practice
from collection.models import Clip
from collection.ranges import Unsatisfiable, asked_part, if_range_holds, none_match
from collection.storage import media_path
from jobs.errors import Refusal

AT_MOST = 1024 * 1024  # bytes an answer, so that a video does not hold a thread
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
    206: OpenApiResponse(OpenApiTypes.BINARY, "The range asked for, at most 1 MB of it."),
    304: OpenApiResponse(description="It has not changed."),
    416: OpenApiResponse(description="The range lies behind the end."),
}


class MediaView(APIView):
    @extend_schema(operation_id="clip_media", responses=MEDIA)
    def get(self, request: Request, clip_id: int) -> HttpResponseBase:
        """The clip's video. Ranges are answered with at most 1 MB at a time."""
        clip = media_of(request.user, clip_id)
        path = media_path(clip.playable)
        try:
            size = path.stat().st_size
        except FileNotFoundError as error:
            raise Refusal(
                "media_is_missing",
                f'the file of clip "{clip.name}" is not on the server any more. '
                "Tell the coordinator: the media folder must be restored.",
                status=404,
                clip=clip.name,
            ) from error
        return as_media(answer(request, path, size, etag=f'"{clip.sha256}"'), f'"{clip.sha256}"')


class PracticeMediaView(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="practice_media", responses=MEDIA)
    def get(self, request: Request, mood: str) -> HttpResponseBase:
        """A cartoon of Concord's own to practice on, for whoever is signed in."""
        path = practice.path_of(mood) if mood in practice.SEEDS else None
        if path is None or not path.exists():
            raise Http404(f"There is no practice clip {mood[:60]}.")
        state = path.stat()
        etag = f'"{mood}-{state.st_size}-{state.st_mtime_ns}"'
        return as_media(answer(request, path, state.st_size, etag=etag), etag)


def as_media(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    return response


def answer(request: Request, path: Path, size: int, *, etag: str) -> HttpResponseBase:
    """Whole, part, "not changed" or "no such range"."""
    if none_match(request.headers.get("If-None-Match"), etag=etag):
        return HttpResponse(status=304)
    content_type = CONTENT_TYPES.get(path.suffix, "application/octet-stream")
    if request.method == "HEAD":  # §14.2: ranges are for GET
        return HttpResponse(content_type=content_type, headers={"Content-Length": str(size)})
    wanted = request.headers.get("Range")
    if not if_range_holds(request.headers.get("If-Range"), etag=etag):
        wanted = None
    try:
        part = asked_part(wanted, size=size, at_most=AT_MOST)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part is None:
        return FileResponse(path.open("rb"), content_type=content_type)
    with path.open("rb") as file:
        file.seek(part.first)
        content = file.read(part.length)
    return HttpResponse(
        content,
        status=206,
        content_type=content_type,
        headers={"Content-Range": f"bytes {part.first}-{part.last}/{size}"},
    )
