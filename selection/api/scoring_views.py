"""What could be selected: the pool, models, scorings, and a scoring looked into."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed, signed_in
from collection import storage
from collection.views import refuse_if_too_large
from jobs.pages import ROWS
from selection import explorer, pool, runs, scorings
from selection.api.permitted import ReadView, administers
from selection.api.scoring_serializers import (
    ExplorerSerializer,
    PreviewQuerySerializer,
    PreviewSerializer,
    ScoringImportRequestSerializer,
    ScoringRequestSerializer,
    ScoringSerializer,
    SelectionSerializer,
)
from selection.models import Scoring
from selection.preview import Asked, preview
from selection.scored import Scored
from selection.usable import classes_of, usable_models
from training.api.administrated import AdministratedView
from training.models import TrainingRun


def scorings_of(corpus: Any) -> Any:
    found = corpus.scorings.select_related("job", "created_by", "model__run__corpus", "corpus")
    return found.prefetch_related("runs")


class SelectionView(ReadView):
    @extend_schema(operation_id="selection_list", responses=SelectionSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The pool as it is now, what can score it, the scorings, the selection runs."""
        classes = classes_of(self.corpus)
        shown: dict[str, Any] = {
            "pool": pool.counts(self.corpus),
            "classes": classes,
            "models": [],
            "scorings": [],
            "runs": runs.listed(self.corpus),
        }
        if administers(request):
            shown["models"] = usable_models(self.corpus, [each.code for each in classes])
            shown["scorings"] = scorings_of(self.corpus)
        return Response(SelectionSerializer(shown).data)


class OfScorings(AdministratedView):
    def told(self, pk: int, status: int = 200) -> Response:
        shown = scorings_of(self.corpus).get(pk=pk)
        return Response(ScoringSerializer(shown).data, status=status)


class ScoringsView(OfScorings):
    @extend_schema(
        operation_id="scoring_start",
        request=ScoringRequestSerializer,
        responses={201: ScoringSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have the pool, and the clips that a model was trained on, scored by the model."""
        given = parsed(ScoringRequestSerializer(data=request.data))
        run = self._run(given["run"])
        made = scorings.start_scoring(
            corpus=self.corpus, run=run, missing=given["missing"], by=signed_in(request)
        )
        return self.told(made.pk, 201)

    def _run(self, number: int) -> TrainingRun:
        found = TrainingRun.objects.filter(corpus__deletions=None)
        found = found.select_related("corpus", "model").prefetch_related("features__feature_set")
        run = found.filter(pk=number).first()
        if run is None:
            raise Http404(f"There is no training run {number}.")
        return run


class ScoringImportsView(OfScorings):
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before the check of the CSRF token, which reads the body already.
        refuse_if_too_large(request, settings.MAX_UPLOAD_BYTES, scorings.too_large)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="scoring_import",
        request={"multipart/form-data": ScoringImportRequestSerializer},
        responses={201: ScoringSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Send the probabilities of somebody else's classifier: .csv, .parquet or .npz."""
        file = parsed(ScoringImportRequestSerializer(data=request.data))["file"]
        made = scorings.start_import(
            corpus=self.corpus,
            file_name=str(file.name),
            chunks=file.chunks(storage.CHUNK),
            by=signed_in(request),
        )
        return self.told(made.pk, 201)


class OneScoringView(OfScorings):
    """A view below /api/corpora/{slug}/selection/scorings/{scoring_id}."""

    @cached_property
    def scoring(self) -> Scoring:
        found = scorings_of(self.corpus).filter(pk=self.kwargs["scoring_id"]).first()
        if found is None:
            raise Http404(f"There is no scoring {self.kwargs['scoring_id']} in this corpus.")
        return found


class ScoringView(OneScoringView):
    @extend_schema(operation_id="scoring_get", responses=ScoringSerializer)
    def get(self, request: Request, slug: str, scoring_id: int) -> Response:
        """One scoring, and how far its job is."""
        return Response(ScoringSerializer(self.scoring).data)

    @extend_schema(
        operation_id="scoring_delete", responses={204: OpenApiResponse(description="Deleted.")}
    )
    def delete(self, request: Request, slug: str, scoring_id: int) -> Response:
        """Remove a scoring that no selection run uses; what is under way is cancelled."""
        scorings.delete(self.scoring)
        return Response(status=204)


@method_decorator(gzip_page, name="dispatch")  # a few hundred kB that shrink to a fifth
class ExplorerView(OneScoringView):
    @extend_schema(operation_id="scoring_explorer", responses=ExplorerSerializer)
    def get(self, request: Request, slug: str, scoring_id: int) -> HttpResponse:
        """What each η would select, and how sure the classifier is of which clips."""
        # As the job wrote it: a thousand thresholds a class need not be parsed to be sent.
        return HttpResponse(explorer.told(self.scoring), content_type="application/json")


class PreviewView(OneScoringView):
    @extend_schema(
        operation_id="scoring_clips", parameters=[PreviewQuerySerializer],
        responses=PreviewSerializer,
    )  # fmt: skip
    def get(self, request: Request, slug: str, scoring_id: int) -> Response:
        """The clips that an η would select: a page of them, or some of each class by chance."""
        given = parsed(PreviewQuerySerializer(data=request.query_params))
        code = given.pop("class", None)
        found = preview(Scored.open(self.scoring), Asked(**given, code=code))
        return Response(PreviewSerializer(found | {"page_size": ROWS}).data)
