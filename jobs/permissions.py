"""Who may call what, as questions to the person who asks.

The person answers `role_in(corpus)`: "coordinator" (site administrators too),
"annotator" or None. A view that uses these has `corpus`, found by its address.
Somebody who is no member is told that the corpus does not exist, so that names
cannot be guessed; a member of the wrong role is told that it is not theirs to do.
"""

from django.http import Http404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


def no_such_corpus(slug: str) -> Http404:
    """The same words for a corpus that does not exist and for one that is not theirs."""
    return Http404(f"There is no corpus {slug} among yours.")


def is_signed_in(request: Request) -> bool:
    return bool(request.user and request.user.is_authenticated)


class _HasRole(BasePermission):
    roles: tuple[str, ...]

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not is_signed_in(request):
            return False
        corpus = view.corpus  # type: ignore[attr-defined]
        role = request.user.role_in(corpus)  # type: ignore[union-attr]
        if role is None:
            raise no_such_corpus(corpus.slug)
        return role in self.roles


class IsMember(_HasRole):
    roles = ("coordinator", "annotator")


class IsCoordinator(_HasRole):
    roles = ("coordinator",)
    message = "Only coordinators of this corpus may do this. Ask one of them."


class IsAnnotator(_HasRole):
    """People with a seat at the desk: whoever coordinates does not vote."""

    roles = ("annotator",)
    message = "Only annotators of this corpus may do this. Ask a coordinator for an invitation."


class IsSiteAdministrator(BasePermission):
    message = "Only site administrators may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return is_signed_in(request) and bool(
            request.user.is_site_administrator  # type: ignore[union-attr]
        )
