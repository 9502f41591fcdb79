"""Selection runs: made by site administrators, followed by the corpus's coordinators, too."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed, signed_in
from collection.sending import send_file
from selection import batches, outcome, places, reliable, run_clips, runs
from selection.api.permitted import ReadView
from selection.api.run_serializers import (
    BatchRequestSerializer,
    RunClipsQuerySerializer,
    SelectionBatchSerializer,
    SelectionRequestSerializer,
    SelectionRunClipsSerializer,
    SelectionRunDetailSerializer,
    SelectionRunSerializer,
)
from selection.models import Scoring, SelectionBatch, SelectionRun
from training import folders

CSV = {200: OpenApiResponse(OpenApiTypes.BINARY, "A CSV.")}


class SelectionRunsView(ReadView):
    @extend_schema(
        operation_id="selection_run_start",
        request=SelectionRequestSerializer,
        responses={
            200: OpenApiResponse(SelectionRunSerializer, "There was this very selection already."),
            201: SelectionRunSerializer,
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        """Select with this eta among the clips of a scoring. The same selection is made once."""
        given = parsed(SelectionRequestSerializer(data=request.data))
        scoring = Scoring.objects.filter(corpus=self.corpus, pk=given.pop("scoring")).first()
        if scoring is None:
            raise Http404("There is no such scoring in this corpus.")
        run, made = runs.start_selection(scoring=scoring, by=signed_in(request), **given)
        shown = SelectionRunSerializer(runs.listed(self.corpus).get(pk=run.pk))
        return Response(shown.data, status=201 if made else 200)


class OneSelectionRunView(ReadView):
    """A view below /api/corpora/{slug}/selection/runs/{selection_id}."""

    @cached_property
    def run(self) -> SelectionRun:
        found = runs.listed(self.corpus).filter(pk=self.kwargs["selection_id"]).first()
        if found is None:
            raise Http404(
                f"There is no selection run {self.kwargs['selection_id']} in this corpus."
            )
        return found


class SelectionRunView(OneSelectionRunView):
    @extend_schema(operation_id="selection_run_get", responses=SelectionRunDetailSerializer)
    def get(self, request: Request, slug: str, selection_id: int) -> Response:
        """The run, its batches, and what the clips that they opened came to."""
        waiting = batches.waiting(self.run)
        shown = {
            "left": len(waiting.left),
            "passed_over": waiting.passed_over,
            "warnings": batches.warnings(self.run, waiting),
            "batches": batches.listed(self.run),
            "outcome": outcome.outcome(self.run),
        }
        return Response(SelectionRunDetailSerializer(self.run, context=shown).data)

    @extend_schema(
        operation_id="selection_run_delete",
        responses={204: OpenApiResponse(description="Deleted.")},
    )
    def delete(self, request: Request, slug: str, selection_id: int) -> Response:
        """Remove a run of which nothing was opened; one that is being made is cancelled."""
        runs.delete(self.run)
        return Response(status=204)


class SelectionRunClipsView(OneSelectionRunView):
    @extend_schema(
        operation_id="selection_run_clips",
        parameters=[RunClipsQuerySerializer],
        responses=SelectionRunClipsSerializer,
    )
    def get(self, request: Request, slug: str, selection_id: int) -> Response:
        """A page of the clips of the run's pool, the chosen ones if nothing else is asked."""
        asked = parsed(RunClipsQuerySerializer(data=request.query_params))
        page, order = asked.pop("page"), asked.pop("order")
        where = run_clips.Where(code=asked.pop("class", None) or None, **asked)
        count, rows = run_clips.page_of(self.run, where, order=order, page=page)
        shown = {"count": count, "page_size": run_clips.CLIPS_A_PAGE, "results": rows}
        return Response(SelectionRunClipsSerializer(shown).data)


class SelectionRunFileView(OneSelectionRunView):
    @extend_schema(operation_id="selection_run_file", responses=CSV)
    def get(self, request: Request, slug: str, selection_id: int) -> HttpResponseBase:
        """Every clip of the run's pool: what it was predicted, how surely, whether it is chosen."""
        runs.check_ready(self.run)
        try:
            return send_file(
                request,
                folders.relative(places.clips_of(self.run)),
                below="training",
                content_type="text/csv; charset=utf-8",
                save_as=f"{slug}-selection-{self.run.pk}.csv",
            )
        except FileNotFoundError as error:
            raise runs.file_missing(self.run) from error


class SelectionReliableView(OneSelectionRunView):
    @extend_schema(operation_id="selection_run_reliable", responses=CSV)
    def get(self, request: Request, slug: str, selection_id: int) -> HttpResponseBase:
        """The chosen clips that came out reliable: the hidden, labeled subset of MER-SEMI."""
        name = f"{slug}-selection-{self.run.pk}-reliable.csv"
        return HttpResponse(
            reliable.text_of(self.run),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class SelectionBatchesView(OneSelectionRunView):
    @extend_schema(
        operation_id="selection_batch_open",
        request=BatchRequestSerializer,
        responses={201: SelectionBatchSerializer},
    )
    def post(self, request: Request, slug: str, selection_id: int) -> Response:
        """Open the next chosen clips for labeling, in the corpus's stored random order."""
        given = parsed(BatchRequestSerializer(data=request.data))
        made = batches.open_batch(run=self.run, count=given["count"], by=signed_in(request))
        return Response(shown(self.run, made), status=201)


class SelectionBatchResumptionView(OneSelectionRunView):
    @extend_schema(
        operation_id="selection_batch_resume",
        request=None,
        responses={202: SelectionBatchSerializer},
    )
    def post(self, request: Request, slug: str, selection_id: int, number: int) -> Response:
        """Go on with a batch whose job was cancelled or failed."""
        batch = self.run.batches.filter(number=number).first()
        if batch is None:
            raise Http404(f"There is no batch {number} of selection run {selection_id}.")
        batches.resume(batch=batch, by=signed_in(request))
        return Response(shown(self.run, batch), status=202)


def shown(run: SelectionRun, batch: SelectionBatch) -> dict[str, Any]:
    return dict(SelectionBatchSerializer(batches.listed(run).get(pk=batch.pk)).data)
