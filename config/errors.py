"""Every way the API says no, in one shape: {"error": {code, detail, params, fields}}."""

import logging
import secrets
import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    DisallowedHost,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from jobs.errors import Refusal
from jobs.sentences import Said

log = logging.getLogger(__name__)

NUL = "The text holds a NUL character, which cannot be stored. Remove it."
SURROGATE = "The text holds half a character (a lone surrogate), which cannot be stored. Remove it."
HOST = (
    "This server does not answer to the host name in the address. Use the address that bin/up "
    "printed, or add the name to ALLOWED_HOSTS."
)
CSRF_FAILED = "CSRF Failed:"  # how REST framework says it
OUR_FAULTS = {"username_is_taken"}  # codes of ours in a ValidationError; `field_fault.<code>`
TOO_DEEP = "The JSON is nested too deeply. Send it with fewer levels."


Fields = dict[str, list[Said]]


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: None leaves what nobody foresaw to `handler500`."""
    if isinstance(error, exceptions.APIException):
        return _framework(error, context)
    status, body = _told(error)
    if not status:
        return None
    set_rollback()
    return Response(body, status=status)


def _told(error: Exception) -> tuple[int, dict[str, Any]]:
    """Status and body for an exception of ours, Django's or the database's; status 0 if unknown."""
    match error:
        case Refusal():
            return error.status, body(error.code, error.detail, params=error.params)
        case ValidationError():
            return 400, _invalid(_fields_of(error))
        case IntegrityError():
            return _integrity(error)
        case Http404() | ObjectDoesNotExist():
            return 404, body("not_found", _sentence(error, "There is nothing at this address."))
        case PermissionDenied():
            return 403, body("not_allowed", _sentence(error, "You may not do this."))
        case RequestDataTooBig():
            return 413, body("too_large", "The request is larger than this address accepts.")
        case DisallowedHost():
            return 400, body("unknown_host", HOST)
        case SuspiciousOperation():
            return 400, body("bad_request", "The request cannot be read.")
        case ProtectedError() | RestrictedError():
            return 409, body("still_in_use", "This cannot be removed while others refer to it.")
        case DataError():
            return 400, body("value_out_of_range", "A value is outside of what can be stored.")
        case OperationalError() | InterfaceError():
            log.error("the database does not answer: %s", str(error).strip())
            return 503, body("database_busy", "The database does not answer. Try again shortly.")
        case UnicodeEncodeError():
            return 400, body("unreadable_text", SURROGATE)
        case ValueError() if "NUL" in str(error) or "null character" in str(error):
            return 400, body("unreadable_text", NUL)
        case RecursionError():
            return 400, body("unreadable_json", TOO_DEEP)
    return 0, {}


def body(
    code: str,
    detail: str,
    *,
    params: dict[str, Any] | None = None,
    fields: Fields | None = None,
) -> dict[str, Any]:
    """The one shape. `reasons` are the fields' faults by code, for those that are our own:
    Django's and REST framework's come in the reader's language already."""
    named = {name: faults for name, faults in (fields or {}).items() if name}
    reasons = {
        name: [{"code": each.code, "params": each.params} for each in faults]
        for name, faults in named.items()
        if any(each.code for each in faults)
    }
    said = {
        "code": code,
        "detail": detail,
        "params": params or {},
        "fields": {name: [each.text for each in faults] for name, faults in named.items()},
        "reasons": reasons,
    }
    return {"error": said}


def _framework(error: exceptions.APIException, context: dict[str, Any]) -> Response:
    response = exception_handler(error, context)  # status and headers: Allow, Retry-After …
    assert response is not None
    if isinstance(error, exceptions.ValidationError):
        response.data = _invalid(_flat(error.detail))
    elif isinstance(error, exceptions.Throttled):
        seconds = int(getattr(error, "wait", None) or 1)
        detail = f"Too many attempts. Try again in {seconds} seconds."
        response.data = body("too_many_attempts", detail, params={"seconds": seconds})
    elif isinstance(error, exceptions.PermissionDenied) and str(error).startswith(CSRF_FAILED):
        response.data = _csrf_failed(str(error).removeprefix(CSRF_FAILED))
    elif isinstance(error.detail, str):
        response.data = body(str(error.detail.code or error.default_code), str(error.detail))
    else:
        response.data = body(error.default_code, "The request is not valid.")
    return response


def _invalid(fields: Fields) -> dict[str, Any]:
    """Form input that breaks rules: `detail` says all of it, `fields` says where."""
    said = [
        f"{name}: {each.text}" if name else each.text for name in fields for each in fields[name]
    ]
    return body("invalid", " ".join(said), fields=fields)


def _fields_of(error: ValidationError) -> Fields:
    named = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    return {
        "" if name == "__all__" else name: [_said(each) for each in errors]
        for name, errors in named.items()
    }


def _said(error: ValidationError) -> Said:
    text = str(error.messages[0])
    return (
        Said(error.code, text, **(error.params or {}))
        if error.code in OUR_FAULTS
        else Said("", text)
    )


def _flat(detail: Any, name: str = "") -> Fields:
    """Nested messages by dotted name: `seats.0.token`."""
    if isinstance(detail, dict):
        parts = list(detail.items())
    elif isinstance(detail, list):
        parts = [(str(at) if isinstance(each, dict | list) else "", each)
                 for at, each in enumerate(detail)]  # fmt: skip
    else:
        return {name: [Said("", str(detail))]}
    found: Fields = {}
    for key, value in parts:
        key = "" if key == "non_field_errors" else str(key)
        inner = ".".join(part for part in (name, key) if part)
        for where, texts in _flat(value, inner).items():
            found.setdefault(where, []).extend(texts)
    return found


def _integrity(error: IntegrityError) -> tuple[int, dict[str, Any]]:
    """A constraint's name is the sentence it enforces."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = diagnosis.constraint_name if diagnosis else None
    if not name:
        return 409, body("conflict", "This contradicts what is stored. Reload and try again.")
    sentence = name.replace("_", " ").capitalize()
    return 409, body(name, f"Refused: {sentence}. Reload and try again.")


def _sentence(error: Exception, otherwise: str) -> str:
    """What the code that raised it had to say; framework classes put other things there."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, str) and said.endswith(".") else otherwise


def below_api(request: HttpRequest) -> bool:
    return request.path == "/api" or request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    status, said = _told(exception)
    if isinstance(exception, DisallowedHost):
        return HttpResponse(HOST, status=status, content_type="text/plain; charset=utf-8")
    if not below_api(request):
        return defaults.bad_request(request, exception)
    return JsonResponse(
        said or body("bad_request", "The request cannot be read."), status=status or 400
    )


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not below_api(request):
        return defaults.permission_denied(request, exception)
    return JsonResponse(_told(exception)[1], status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not below_api(request):
        return defaults.page_not_found(request, exception)
    return JsonResponse(_told(exception)[1], status=404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """What nobody foresaw: the log has it under a reference that the answer names.

    A database that goes away while a middleware stores the session comes here, too.
    """
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        status, said = _told(error)
        if below_api(request):
            return JsonResponse(said, status=status)
        sentence = said["error"]["detail"]
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    reference = secrets.token_hex(4)
    log.exception("reference %s: %s %s failed", reference, request.method, request.path)
    detail = f"Something went wrong on the server. Its log has the reason under {reference}."
    if below_api(request):
        return JsonResponse(
            body("server_error", detail, params={"reference": reference}), status=500
        )
    return HttpResponse(detail, status=500, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form that was not sent from our own page, or whose cookie is gone."""
    said = _csrf_failed(reason)
    if below_api(request):
        return JsonResponse(said, status=HTTPStatus.FORBIDDEN)
    return HttpResponse(
        said["error"]["detail"], status=403, content_type="text/plain; charset=utf-8"
    )


def _csrf_failed(reason: str) -> dict[str, Any]:
    why = reason.strip(" .")
    detail = f"The request did not come from this site's own page ({why}). Reload and try again."
    return body("csrf_failed", detail)
