"""Training runs: what could be trained on, what is being trained, what came of it."""

from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed, signed_in
from baseline import run_folder
from baseline.errors import Fault
from training import choices, comparison, folders, labeled, runs
from training.api.administrated import AdministratedView
from training.api.run_serializers import (
    CurveQuerySerializer,
    CurveSerializer,
    TableQuerySerializer,
    TrainingRequestSerializer,
    TrainingRunDetailSerializer,
    TrainingRunSerializer,
    TrainingSerializer,
)
from training.models import RunFeature, TrainingRun

NOTHING_LEFT: dict[str, Any] = {
    "state": "failed",
    "done": 0,
    "total": 0,
    "seconds_left": None,
    "running": [],
    "trainings": [],
}
CONTENT_TYPES = {"csv": "text/csv", "markdown": "text/markdown", "latex": "application/x-tex"}


class OfTrainingRuns(AdministratedView):
    def runs(self) -> Any:
        found = self.corpus.training_runs.select_related("job", "model", "created_by", "corpus")
        features = RunFeature.objects.select_related("feature_set")
        return found.prefetch_related("results", Prefetch("features", features))


class TrainingView(OfTrainingRuns):
    @extend_schema(operation_id="training_list", responses=TrainingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """D_l as it is now, the paper's numbers, and the corpus's training runs, newest first."""
        shown = {
            "labeled": labeled.summary(self.corpus),
            "defaults": runs.defaults(),
            "devices": choices.devices(),
            "runs": self.runs(),
        }
        return Response(TrainingSerializer(shown).data)

    @extend_schema(
        operation_id="training_start",
        request=TrainingRequestSerializer,
        responses={201: TrainingRunSerializer(many=True)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Train on these feature sets: a run for each combination, one after the other."""
        given = parsed(TrainingRequestSerializer(data=request.data))
        made = runs.start_training(
            corpus=self.corpus,
            feature_sets=given.pop("feature_sets"),
            combinations=given.pop("combinations"),
            classes=given.pop("classes", None),
            numbers=runs.defaults() | given,
            by=signed_in(request),
        )
        shown = self.runs().filter(pk__in=[run.pk for run in made]).order_by("pk")
        return Response(TrainingRunSerializer(shown, many=True).data, status=201)


class OneRunView(OfTrainingRuns):
    """A view below /api/corpora/{slug}/training/{run_id}."""

    @cached_property
    def run(self) -> TrainingRun:
        found = self.runs().filter(pk=self.kwargs["run_id"]).first()
        if found is None:
            raise Http404(f"There is no training run {self.kwargs['run_id']} in this corpus.")
        return found


class TrainingRunView(OneRunView):
    @extend_schema(operation_id="training_get", responses=TrainingRunDetailSerializer)
    def get(self, request: Request, slug: str, run_id: int) -> Response:
        """The run and how far each of its trainings is."""
        folder = folders.of_run(self.run)
        try:
            progress = run_folder.status(folder) | {"trainings": run_folder.trainings(folder)}
        except Fault:  # somebody has removed its files: it can still be deleted
            progress = NOTHING_LEFT
        shown = TrainingRunDetailSerializer(self.run, context={"progress": progress})
        return Response(shown.data)

    @extend_schema(
        operation_id="training_delete", responses={204: OpenApiResponse(description="Deleted.")}
    )
    def delete(self, request: Request, slug: str, run_id: int) -> Response:
        """Remove a run with its model and predictions; what is under way is cancelled."""
        runs.delete(self.run)
        return Response(status=204)


class CurveView(OneRunView):
    @extend_schema(
        operation_id="training_curve", parameters=[CurveQuerySerializer], responses=CurveSerializer
    )
    def get(self, request: Request, slug: str, run_id: int) -> Response:
        """Loss and metrics by epoch of one training of the grid, as far as it is."""
        asked = parsed(CurveQuerySerializer(data=request.query_params))
        epochs = run_folder.curve(folders.of_run(self.run), **asked)
        return Response(CurveSerializer({"epochs": epochs}).data)


class RunResumptionView(OneRunView):
    @extend_schema(
        operation_id="training_resume", request=None, responses={202: TrainingRunSerializer}
    )
    def post(self, request: Request, slug: str, run_id: int) -> Response:
        """Go on with a run that was cancelled or failed, from its last finished fold."""
        runs.resume(run=self.run, by=signed_in(request))
        return Response(TrainingRunSerializer(self.runs().get(pk=run_id)).data, status=202)


class ComparisonView(OfTrainingRuns):
    @extend_schema(
        operation_id="training_table",
        parameters=[TableQuerySerializer],
        responses={200: OpenApiResponse(OpenApiTypes.BINARY, "The table.")},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The best points of complete runs side by side, as in the paper's Tables 2 and 3."""
        asked = parsed(TableQuerySerializer(data=request.query_params))
        chosen = self.runs().order_by("pk")
        if "runs" in asked:
            chosen = chosen.filter(pk__in=[int(number) for number in asked["runs"].split(",")])
        form = asked["format"]
        text = comparison.table_of(chosen, form)
        ending = {"csv": "csv", "markdown": "md", "latex": "tex"}[form]
        return HttpResponse(
            text,
            content_type=f"{CONTENT_TYPES[form]}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{slug}-training.{ending}"'},
        )
