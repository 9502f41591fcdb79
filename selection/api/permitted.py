"""What every view of this room has in common."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from jobs.permissions import IsCoordinator, IsMember, IsSiteAdministrator
from training.api.administrated import AdministratedView


class ReadView(AdministratedView):
    """A view below /api/corpora/{slug} that coordinators may read, and only site administrators
    may do anything else with."""

    def get_permissions(self) -> list[BasePermission]:
        own = IsCoordinator if self.request.method in SAFE_METHODS else IsSiteAdministrator
        return [IsMember(), own()]


def administers(request: Request) -> bool:
    """Whether the person who asks is a site administrator."""
    return bool(getattr(request.user, "is_site_administrator", False))
