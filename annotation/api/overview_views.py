"""How far a corpus is, and what keeps it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation import progress
from annotation.api.overview_serializers import ProgressSerializer
from collection.views import CorpusView
from jobs.permissions import IsCoordinator


class ProgressView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="corpus_progress", responses=ProgressSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Clips per stage and round, why the unlabeled are unlabeled, votes, what is left to do
        and when it may be done, what is stuck and why."""
        found = progress.of_corpus(self.corpus, at=timezone.now())
        return Response(ProgressSerializer(found).data)
