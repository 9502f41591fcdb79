"""Headers that tell the browser what our pages may do: run their own code, and nothing else."""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse

from config import errors, pages

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
)


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware for the policy and its neighbours."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Swagger's page sets styles on its elements; nothing of ours does.
        styles = "'self' 'unsafe-inline'" if request.path == "/api/docs" else "'self'"
        response.setdefault("Content-Security-Policy", policy(styles))
        response.setdefault("Permissions-Policy", PERMISSIONS)
        if errors.below_api(request):
            response.setdefault("Cache-Control", "no-store")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return respond


@cache
def policy(styles: str = "'self'") -> str:
    """Own files only; of inline scripts only those of the built page, known by their hashes."""
    scripts = " ".join(["'self'", *script_hashes(pages.index())])
    rules = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": styles,
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def script_hashes(page: str) -> list[str]:
    """The inline scripts of a page as sources for `script-src`."""
    digests = [hashlib.sha256(text.encode()).digest() for text in INLINE_SCRIPT.findall(page)]
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
