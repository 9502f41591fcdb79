"""Opening clips, and what that will cost."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import parsed
from annotation import opening, opening_cost
from annotation.api.opening_serializers import (
    ForecastQuerySerializer,
    ForecastSerializer,
    OpeningRequestSerializer,
    OpeningSerializer,
)
from annotation.clip_list import Where
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
        unopened = opening.unopened_count(self.corpus)
        clips = min(unopened, asked.get("count", unopened))
        forecast = {
            "unopened": unopened,
            "warnings": opening.people_warnings(self.corpus),
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
        the list of clips shows under the same filters."""
        given = parsed(OpeningRequestSerializer(data=request.data))
        where = given.get("where")
        started = opening.start_opening(
            corpus=self.corpus,
            by=request.user,  # type: ignore[arg-type]
            count=given.get("count"),
            names=given.get("names"),
            where=Where(**where) if where is not None else None,
        )
        warnings = opening.people_warnings(self.corpus)
        shown = {"job": started.job, "warnings": warnings}
        return Response(OpeningSerializer(shown).data, status=201)
