"""Whether the web server works, for whoever watches over it."""

import logging
import time
from threading import Lock
from typing import Any

import psycopg
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.environment import env
from config.knocking import connected

log = logging.getLogger(__name__)

PATIENCE = 2  # s
KNOWN_FOR = 1.0  # s; however many ask, the database is knocked at once in so long


class _Database:
    """Whether the database answers."""

    def __init__(self) -> None:
        self.lock, self.asked_at, self.answered = Lock(), float("-inf"), False

    def answers(self) -> bool:
        with self.lock:
            if time.monotonic() - self.asked_at > KNOWN_FOR:
                self.answered = self._knock()
                self.asked_at = time.monotonic()
            return self.answered

    def _knock(self) -> bool:
        try:
            connected(PATIENCE).close()
        except psycopg.OperationalError as error:
            log.error("the database does not answer: %s", str(error).strip())
            return False
        return True


database = _Database()


class HealthSerializer(serializers.Serializer[dict[str, Any]]):
    version = serializers.CharField(help_text="Of the image; dev in a checkout.")
    database = serializers.BooleanField(help_text="Whether the database answers.")


class HealthView(APIView):
    """Nobody is asked who they are: that would take the database."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="health_get",
        responses={
            200: HealthSerializer,
            503: OpenApiResponse(HealthSerializer, "The database does not answer within 2 s."),
        },
    )
    def get(self, request: Request) -> Response:
        """Whether the server and its database work."""
        answers = database.answers()
        said = {"version": env.str("CONCORD_VERSION", default="dev"), "database": answers}
        return Response(HealthSerializer(said).data, status=200 if answers else 503)
