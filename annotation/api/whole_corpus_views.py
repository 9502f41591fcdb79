"""A corpus as a whole, which site administrators copy and delete."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.views import parsed, signed_in
from annotation import copying, deleting
from annotation.api.file_serializers import StartedJobSerializer
from annotation.api.whole_corpus_serializers import (
    CopyRequestSerializer,
    DeletionRequestSerializer,
    DeletionsPageSerializer,
    StartedCopySerializer,
)
from collection.models import Corpus, CorpusDeletion
from collection.views import CorpusView
from jobs.pages import PageQuerySerializer, asked_page, page_of
from jobs.permissions import IsSiteAdministrator, no_such_corpus


class CopyView(CorpusView):
    permission_classes = (IsSiteAdministrator,)

    @extend_schema(
        operation_id="corpus_copy",
        request=CopyRequestSerializer,
        responses={201: StartedCopySerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A new corpus with the settings, labels, guidelines and clips of this one, no votes."""
        copy = copying.start_copy(
            source=self.corpus,
            by=signed_in(request),
            **parsed(CopyRequestSerializer(data=request.data)),
        )
        shown = {"corpus": copy.corpus.slug, "job": copy.job}
        return Response(StartedCopySerializer(shown).data, status=201)


class DeletionView(APIView):
    permission_classes = (IsSiteAdministrator,)

    @extend_schema(
        operation_id="corpus_delete",
        request=DeletionRequestSerializer,
        responses={202: StartedJobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Delete the corpus, votes and all; its slug must be typed. A deletion that was cancelled
        or failed is gone on with."""
        corpus = Corpus.objects.filter(slug=slug).first()
        if corpus is None:
            raise no_such_corpus(slug)
        deletion = deleting.start_deletion(
            corpus=corpus,
            typed=parsed(DeletionRequestSerializer(data=request.data))["slug"],
            by=signed_in(request),
            at=timezone.now(),
        )
        return Response(StartedJobSerializer({"job": deletion.job}).data, status=202)


class DeletionsView(APIView):
    permission_classes = (IsSiteAdministrator,)

    @extend_schema(
        operation_id="deletions_list",
        parameters=[PageQuerySerializer],
        responses=DeletionsPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Corpora that were deleted or are being so, the newest first, fifty a page."""
        deletions = CorpusDeletion.objects.select_related("by", "job").order_by("-pk")
        return Response(DeletionsPageSerializer(page_of(deletions, asked_page(request))).data)
