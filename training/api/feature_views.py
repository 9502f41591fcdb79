"""Feature sets: what there is, extraction, import, removal."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed, signed_in
from collection import storage
from collection.views import refuse_if_too_large
from jobs.pages import ROWS, PageQuerySerializer, asked_page
from training import extractors, features
from training.api.administrated import AdministratedView
from training.api.feature_serializers import (
    ExtractionRequestSerializer,
    FailedClipsPageSerializer,
    FeatureImportRequestSerializer,
    FeatureSetSerializer,
    FeaturesSerializer,
)
from training.feature_jobs import failed_clips
from training.models import FeatureSet


class OfFeatureSets(AdministratedView):
    def sets(self) -> Any:
        found = self.corpus.feature_sets.select_related("job", "corpus")
        return found.annotate(runs=Count("used_in")).order_by("modality", "name")

    def told(self, pk: int, status: int) -> Response:
        context = {"clips": self.corpus.clips.count()}
        shown = FeatureSetSerializer(self.sets().get(pk=pk), context=context)
        return Response(shown.data, status=status)


class FeaturesView(OfFeatureSets):
    @extend_schema(operation_id="features_list", responses=FeaturesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What features can be extracted by, from how many clips, and the sets that there are."""
        counts = features.clip_counts(self.corpus)
        shown = {"extractors": extractors.listed(), "clips": counts, "sets": self.sets()}
        context = {"clips": counts["total"]}
        return Response(FeaturesSerializer(shown, context=context).data)

    @extend_schema(
        operation_id="features_extract",
        request=ExtractionRequestSerializer,
        responses={201: FeatureSetSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have features extracted from the corpus's clips."""
        made = features.start_extraction(
            corpus=self.corpus,
            by=signed_in(request),
            **parsed(ExtractionRequestSerializer(data=request.data)),
        )
        return self.told(made.pk, 201)


class FeatureImportsView(OfFeatureSets):
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before the check of the CSRF token, which reads the body already.
        refuse_if_too_large(request, settings.MAX_UPLOAD_BYTES, features.too_large)
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="features_import",
        request={"multipart/form-data": FeatureImportRequestSerializer},
        responses={201: FeatureSetSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Send features that were extracted elsewhere: .csv, .parquet, .npz, or a .zip of .npy."""
        given = parsed(FeatureImportRequestSerializer(data=request.data))
        file = given.pop("file")
        made = features.start_import(
            corpus=self.corpus,
            file_name=str(file.name),
            chunks=file.chunks(storage.CHUNK),
            by=signed_in(request),
            **given,
        )
        return self.told(made.pk, 201)


class OneFeatureSetView(OfFeatureSets):
    """A view below /api/corpora/{slug}/features/{set_id}."""

    @cached_property
    def feature_set(self) -> FeatureSet:
        found = self.sets().filter(pk=self.kwargs["set_id"]).first()
        if found is None:
            raise Http404(f"There is no feature set {self.kwargs['set_id']} in this corpus.")
        return found


class FeatureSetView(OneFeatureSetView):
    @extend_schema(
        operation_id="features_delete", responses={204: OpenApiResponse(description="Deleted.")}
    )
    def delete(self, request: Request, slug: str, set_id: int) -> Response:
        """Remove a feature set that no training run uses."""
        features.delete(self.feature_set)
        return Response(status=204)


class FeatureSetExtensionView(OneFeatureSetView):
    @extend_schema(
        operation_id="features_extend", request=None, responses={202: FeatureSetSerializer}
    )
    def post(self, request: Request, slug: str, set_id: int) -> Response:
        """Extract what has no row yet; this also goes on after a cancel or a failure."""
        features.extend(features=self.feature_set, by=signed_in(request))
        return self.told(set_id, 202)


class FailedClipsView(OneFeatureSetView):
    @extend_schema(
        operation_id="features_failed",
        parameters=[PageQuerySerializer],
        responses=FailedClipsPageSerializer,
    )
    def get(self, request: Request, slug: str, set_id: int) -> Response:
        """The clips that could not be extracted, and why, a page at a time."""
        first = (asked_page(request) - 1) * ROWS
        failed = failed_clips(self.feature_set)
        page = {"count": len(failed), "results": failed[first : first + ROWS]}
        return Response(FailedClipsPageSerializer(page).data)
