"""What every view of this room has in common."""

from rest_framework.response import Response

from baseline.errors import Fault
from collection.views import CorpusView
from jobs.permissions import IsMember, IsSiteAdministrator
from training.processes import refusal_of


class AdministratedView(CorpusView):
    """A view below /api/corpora/{slug} that only site administrators may use; to somebody who
    is not of the corpus it does not exist."""

    permission_classes = (IsMember, IsSiteAdministrator)

    def handle_exception(self, exc: Exception) -> Response:
        """What the baseline says no to is answered as every refusal."""
        return super().handle_exception(refusal_of(exc) if isinstance(exc, Fault) else exc)
