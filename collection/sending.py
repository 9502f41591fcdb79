"""Sending files to those who may have them: by this process, or by the proxy in front of it.

With MEDIA_SENT_BY_PROXY the answer is empty and names the file in X-Accel-Redirect, below
/protected-media/ or /protected-training/, which the proxy serves to nobody who asks for it. The
proxy then sends the file itself, ranges included, and no thread of ours waits for a slow reader.
What is in a bucket is no file of the proxy's: this process sends it.
"""

from pathlib import Path, PurePath
from typing import Literal
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import connection
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from rest_framework.request import Request

from collection import storage
from collection.ranges import Unsatisfiable, asked_part, if_range_holds, none_match
from collection.storage.folder import Folder
from collection.storage.place import Place

AT_MOST = 1024 * 1024  # bytes an answer to a range, so that a video does not hold a thread
Root = Literal["media", "training"]


def send_file(
    request: Request,
    relative: str | PurePath,
    *,
    content_type: str,
    below: Root = "media",
    etag: str = "",
    save_as: str = "",
) -> HttpResponseBase:
    """The file with this path among the media or below TRAINING_ROOT; who may have it is checked
    before.

    With an `etag` browsers keep it, and ask for ranges of it; with `save_as` they store it under
    that name. Raises FileNotFoundError.
    """
    place, name = _place(below), safe(relative)
    size = place.about(name).size
    if etag and none_match(request.headers.get("If-None-Match"), etag=etag):
        response: HttpResponseBase = HttpResponse(status=304)
    elif settings.MEDIA_SENT_BY_PROXY and isinstance(place, Folder):
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = f"/protected-{below}/{quote(name)}"
    else:
        response = _sent_here(request, place, name, size, content_type=content_type, etag=etag)
    if save_as and (disposition := content_disposition_header(True, save_as)):
        response["Content-Disposition"] = disposition
    return as_kept(response, etag) if etag else response


def safe(relative: str | PurePath) -> str:
    """The path, if nothing in it leads elsewhere."""
    path = PurePath(relative)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in str(path):
        raise SuspiciousFileOperation(f"{str(relative)!r} is not the path of a kept file.")
    return str(path)


def as_kept(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """What browsers may keep, for whoever is signed in."""
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    return response


def give_connection_back() -> None:
    """To be called before much is sent: else a slow reader holds a connection of a pool, of which
    there are few, for as long as the reading takes. It comes back by itself when it is needed."""
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()


def _place(below: Root) -> Place:
    return storage.place() if below == "media" else Folder(Path(settings.TRAINING_ROOT))


def _sent_here(
    request: Request, place: Place, name: str, size: int, *, content_type: str, etag: str
) -> HttpResponseBase:
    """Whole, part or "no such range"; only what has an `etag` is sent in parts."""
    if request.method == "HEAD":  # §14.2: ranges are for GET
        return HttpResponse(content_type=content_type, headers={"Content-Length": str(size)})
    wanted = request.headers.get("Range") if etag else None
    if not if_range_holds(request.headers.get("If-Range"), etag=etag):
        wanted = None
    try:
        part = asked_part(wanted, size=size, at_most=AT_MOST)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if part is None:
        give_connection_back()
        whole = FileResponse(
            place.opened(name), content_type=content_type, headers={"Content-Length": str(size)}
        )
        whole.block_size = storage.CHUNK  # a bucket's answer is read from the network
        return whole
    return HttpResponse(
        place.part(name, part.first, part.length),
        status=206,
        content_type=content_type,
        headers={"Content-Range": f"bytes {part.first}-{part.last}/{size}"},
    )
