"""The front end's one page, for every address that the browser's own router understands."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@cache
def index() -> str:
    """The built page; empty if the front end has not been built."""
    try:
        return (settings.FRONTEND_ROOT / "index.html").read_text()
    except FileNotFoundError:
        return ""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page itself; files beside it are WhiteNoise's."""
    if not index():
        return HttpResponse("The front end is not built yet: run bin/setup.\n", status=503)
    return HttpResponse(index(), headers={"Cache-Control": "no-cache"})
