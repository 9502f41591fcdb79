"""Opening clips, and what that will cost."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed
from annotation import openable, opening, opening_cost
from annotation.api.opening_serializers import (
    ForecastQuerySerializer,
    ForecastSerializer,
    OpeningRequestSerializer,
    OpeningSerializer,
)
from annotation.clip_list import Where
from annotation.enough_people import check_warnings_again, people_warnings
from collection.views import CorpusView
from jobs.permissions import IsCoordinator


class OpeningsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="opening_forecast",
        parameters=[ForecastQuerySerializer],
        responses=ForecastSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """How many clips are left to open, what opening them (or `count` of them) will cost, and
        whether the people suffice."""
        asked = parsed(ForecastQuerySerializer(data=request.query_params))
        unopened = openable.unopened_count(self.corpus)
        clips = min(unopened, asked.get("count", unopened))
        forecast = {
            "unopened": unopened,
            "again": openable.again_count(self.corpus),
            "warnings": people_warnings(self.corpus),
            "cost": opening_cost.of_clips(self.corpus, clips),
        }
        return Response(ForecastSerializer(forecast).data)

    @extend_schema(
        operation_id="opening_start",
        request=OpeningRequestSerializer,
        responses={201: OpeningSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Open all clips, a number of them in the stored random order, named ones, or those that
        the list of clips shows under the same filters; with `again`, also those of the named or
        shown ones whose labeling ended unlabeled."""
        given = parsed(OpeningRequestSerializer(data=request.data))
        started = opening.start_opening(
            corpus=self.corpus,
            by=request.user,  # type: ignore[arg-type]
            count=given.get("count"),
            names=given.get("names"),
            where=where_of(given),
            again=given["again"],
        )
        warnings = people_warnings(self.corpus)
        if started.again:
            warnings += check_warnings_again(self.corpus, started)
        shown = {"job": started.job, "warnings": warnings}
        return Response(OpeningSerializer(shown).data, status=201)


class OpeningForecastView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="opening_of_clips_forecast",
        request=OpeningRequestSerializer,
        responses=ForecastSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """The forecast of the opening that one would ask for so: how many of its clips have no
        labeling yet, how many ended unlabeled, and what opening the first ones (with `again`:
        all of them) will cost. Opens nothing."""
        given = parsed(OpeningRequestSerializer(data=request.data))
        opening.check_again(again=given["again"], named="names" in given or "where" in given)
        unopened, again = openable.openable_of(
            self.corpus, names=given.get("names"), where=where_of(given)
        )
        unopened = min(unopened, given.get("count", unopened))
        warnings = people_warnings(self.corpus)
        if given["again"]:
            warnings += check_warnings_again(self.corpus, again)
        forecast = {
            "unopened": unopened,
            "again": len(again),
            "warnings": warnings,
            "cost": opening_cost.of_clips(
                self.corpus, unopened + (len(again) if given["again"] else 0)
            ),
        }
        return Response(ForecastSerializer(forecast).data)


def where_of(given: dict[str, Any]) -> Where | None:
    return Where(**given["where"]) if "where" in given else None
