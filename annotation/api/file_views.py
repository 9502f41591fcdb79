"""Files out of and into a corpus, and the checks of the whole of it: each a job."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed
from annotation import simulation, vote_import
from annotation.api.file_serializers import (
    ExportRequestSerializer,
    ExportSerializer,
    SimulationRequestSerializer,
    StartedJobSerializer,
    VoteImportRequestSerializer,
    VoteImportSerializer,
)
from annotation.exporting import delete_export, start_export
from annotation.models import Export
from collection import storage
from collection.sending import send_file
from collection.views import CorpusView, refuse_if_too_large
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.permissions import IsCoordinator, IsSiteAdministrator

LISTED = 100


class ExportsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="exports_list", responses=ExportSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred exports of the corpus."""
        exports = self.corpus.exports.select_related("job", "corpus", "created_by")[:LISTED]
        return Response(ExportSerializer(exports, many=True).data)

    @extend_schema(
        operation_id="export_start",
        request=ExportRequestSerializer,
        responses={201: ExportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have a file made of the corpus."""
        given = parsed(ExportRequestSerializer(data=request.data))
        export = start_export(
            corpus=self.corpus,
            created_by=request.user,  # type: ignore[arg-type]
            **given,
        )
        return Response(ExportSerializer(export).data, status=201)


class OneExportView(CorpusView):
    """A view below /api/corpora/{slug}/exports/{export_id}."""

    permission_classes = (IsCoordinator,)

    @cached_property
    def export(self) -> Export:
        exports = self.corpus.exports.select_related("job", "corpus")
        export = exports.filter(pk=self.kwargs["export_id"]).first()
        if export is None:
            raise Http404(f"There is no export {self.kwargs['export_id']} in this corpus.")
        return export


class ExportView(OneExportView):
    @extend_schema(operation_id="export_get", responses=ExportSerializer)
    def get(self, request: Request, slug: str, export_id: int) -> Response:
        """The export and how far its job is."""
        return Response(ExportSerializer(self.export).data)

    @extend_schema(
        operation_id="export_delete", responses={204: OpenApiResponse(description="Deleted.")}
    )
    def delete(self, request: Request, slug: str, export_id: int) -> Response:
        """Remove the export and its file; one that is being made is cancelled."""
        delete_export(self.export)
        return Response(status=204)


class ExportFileView(OneExportView):
    @extend_schema(
        operation_id="export_file",
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, "The file.")},
    )
    def get(self, request: Request, slug: str, export_id: int) -> HttpResponseBase:
        """The finished file."""
        if not self.export.file or not storage.exists(self.export.file):
            raise Refusal(
                "export_not_ready",
                f"Export {self.export.pk} has no file (yet, or any more); wait for its job, or "
                "export again.",
                status=404,
                export=self.export.pk,
            )
        name = f"{self.corpus.slug}-{self.export.what}.{self.export.format}"
        content_type = {"csv": "text/csv", "jsonl": "application/jsonl"}[self.export.format]
        return send_file(
            request,
            self.export.file,
            content_type=f"{content_type}; charset=utf-8",
            save_as=name,
        )


class VoteImportsView(CorpusView):
    permission_classes = (IsCoordinator,)
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before the check of the CSRF token, which reads the body already.
        refuse_if_too_large(request, settings.MAX_TABLE_BYTES, storage.table_too_large)
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="vote_imports_list", responses=VoteImportSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred imports of votes, and what came of each."""
        imports = self.corpus.vote_imports.select_related("job", "created_by")[:LISTED]
        return Response(VoteImportSerializer(imports, many=True).data)

    @extend_schema(
        operation_id="vote_import_start",
        request={"multipart/form-data": VoteImportRequestSerializer},
        responses={201: StartedJobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Replay a file of votes cast elsewhere into the corpus, all of it or nothing."""
        given = parsed(VoteImportRequestSerializer(data=request.data))
        file = given.pop("file")
        started = vote_import.start_vote_import(
            corpus=self.corpus,
            name=str(file.name),
            chunks=file.chunks(storage.CHUNK),
            allowed=vote_import.Allowed(**given),
            created_by=request.user,  # type: ignore[arg-type]
        )
        return Response(StartedJobSerializer({"job": started.job}).data, status=201)


class SimulationsView(CorpusView):
    permission_classes = (IsSiteAdministrator,)

    @extend_schema(
        operation_id="simulation_start",
        request=SimulationRequestSerializer,
        responses={201: StartedJobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have made-up annotators vote on a corpus that holds no people's votes."""
        started = simulation.start_simulation(
            corpus=self.corpus,
            created_by=request.user,  # type: ignore[arg-type]
            **parsed(SimulationRequestSerializer(data=request.data)),
        )
        return Response(StartedJobSerializer({"job": started.job}).data, status=201)


class RechecksView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="recheck_start", request=None, responses={201: StartedJobSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Recompute every labeling from its votes; the job says what differs, if anything."""
        job = start_job(
            kind="recheck",
            task="annotation.tasks.recheck",
            corpus=self.corpus,
            created_by=request.user,
        )
        return Response(StartedJobSerializer({"job": job}).data, status=201)
