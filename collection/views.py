"""Corpora by their address, and the import of clips."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from collection import actions, report, storage
from collection.models import ClipImport, Corpus, counts_of
from collection.serializers import (
    ClipImportSerializer,
    ReportAskedSerializer,
    ReportPageSerializer,
    SentFileSerializer,
    SentNameSerializer,
)
from jobs.errors import Refusal
from jobs.permissions import IsCoordinator, no_such_corpus

FORM_AROUND_FILE = 64 * 1024  # bytes that a multipart form adds to its file
IMPORTS_LISTED = 100


class CorpusView(APIView):
    """A view below /api/corpora/{slug}/."""

    @cached_property
    def corpus(self) -> Corpus:
        corpus = Corpus.objects.there().filter(slug=self.kwargs["slug"]).first()
        if corpus is None:
            raise no_such_corpus(self.kwargs["slug"])
        return corpus


class ImportsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="imports_list", responses=ClipImportSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred imports of the corpus."""
        found = self.corpus.clip_imports.select_related("job", "created_by")
        imports = list(found[:IMPORTS_LISTED])
        context = {"counts": counts_of([clip_import.pk for clip_import in imports])}
        return Response(ClipImportSerializer(imports, many=True, context=context).data)

    @extend_schema(operation_id="import_make", request=None, responses={201: ClipImportSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """A new import, to be filled with files and then started."""
        clip_import = actions.create_import(corpus=self.corpus, created_by=request.user)
        return Response(ClipImportSerializer(clip_import).data, status=201)


class OneImportView(CorpusView):
    """A view below /api/corpora/{slug}/imports/{import_id}."""

    permission_classes = (IsCoordinator,)

    @cached_property
    def clip_import(self) -> ClipImport:
        found = self.corpus.clip_imports.select_related("job", "created_by")
        clip_import = found.filter(pk=self.kwargs["import_id"]).first()
        if clip_import is None:
            raise Http404(f"There is no import {self.kwargs['import_id']} in this corpus.")
        return clip_import


class ImportView(OneImportView):
    @extend_schema(operation_id="import_get", responses=ClipImportSerializer)
    def get(self, request: Request, slug: str, import_id: int) -> Response:
        """The import, how far it is and how many files have which outcome."""
        return Response(ClipImportSerializer(self.clip_import).data)


class ImportFilesView(OneImportView):
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_if_too_large(request)  # the check of the CSRF token reads the body already
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="import_files",
        parameters=[ReportAskedSerializer],
        responses=ReportPageSerializer,
    )
    def get(self, request: Request, slug: str, import_id: int) -> Response:
        """What became of each file, a page at a time; what was refused comes first."""
        asked = ReportAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = report.page_of(self.clip_import, **asked.validated_data)
        return Response(ReportPageSerializer(page).data)

    @extend_schema(
        operation_id="import_send_file",
        request={"multipart/form-data": SentFileSerializer},
        responses={201: SentNameSerializer},
    )
    def post(self, request: Request, slug: str, import_id: int) -> Response:
        """Send one file: a video, or the manifest that says what the videos are."""
        sent: Any = request.data
        file = request.FILES.get("file")
        if file is None:
            raise Refusal(
                "no_file_was_sent",
                'the form holds no file. Send one file in the multipart field "file".',
                status=400,
            )
        added = actions.add_file(
            clip_import=self.clip_import,
            name=str(sent.get("name") or file.name),
            chunks=file.chunks(storage.CHUNK),
            size=file.size,
        )
        return Response({"name": added.name}, status=201)


class ImportReportView(OneImportView):
    @extend_schema(
        operation_id="import_report",
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, "A CSV.")},
    )
    def get(self, request: Request, slug: str, import_id: int) -> StreamingHttpResponse:
        """The whole report as a table."""
        name = f"{slug}-import-{import_id}.csv"
        return StreamingHttpResponse(
            report.lines_of(self.clip_import),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class ImportStartView(OneImportView):
    @extend_schema(operation_id="import_start", request=None, responses=ClipImportSerializer)
    def post(self, request: Request, slug: str, import_id: int) -> Response:
        """Start importing what was sent."""
        started = actions.start_import(clip_import=self.clip_import, started_by=request.user)
        return Response(ClipImportSerializer(started).data)


def refuse_if_too_large(
    request: Request,
    limit: int | None = None,
    refusal: Callable[[str, int], Refusal] = storage.too_large,
) -> None:
    """Before the body is read: a file over the limit is not taken to the disk at all."""
    limit = settings.MAX_UPLOAD_BYTES if limit is None else limit
    length: Any = request.META.get("CONTENT_LENGTH") or 0
    if str(length).isdigit() and int(length) > limit + FORM_AROUND_FILE:
        raise refusal("upload", limit)
