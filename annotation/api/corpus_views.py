"""Corpora: making, reading and changing them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.views import parsed
from annotation import corpora, label_changes
from annotation.api.corpus_serializers import (
    CorpusChangeSerializer,
    CorpusInListSerializer,
    CorpusSerializer,
    LabelSetSerializer,
    NewCorpusSerializer,
)
from annotation.labelsets import Label, preset, read_labels
from collection.models import Corpus
from collection.views import CorpusView
from jobs.errors import Refusal
from jobs.permissions import IsCoordinator, IsMember, IsSiteAdministrator


def corpus_answer(corpus: Corpus, status: int = 200) -> Response:
    corpus.numbers_frozen = corpora.numbers_frozen(corpus)  # type: ignore[attr-defined]
    return Response(CorpusSerializer(corpus).data, status=status)


class CorporaView(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [IsSiteAdministrator() if self.request.method == "POST" else IsAuthenticated()]

    @extend_schema(operation_id="corpora_list", responses=CorpusInListSerializer(many=True))
    def get(self, request: Request) -> Response:
        """One's corpora; all of them for a site administrator. Annotators see no archived ones."""
        user: Any = request.user
        if user.is_site_administrator:
            mine = [(corpus, Role.COORDINATOR.value) for corpus in Corpus.objects.there()]
        else:
            memberships = user.memberships.select_related("corpus").order_by("corpus__slug")
            there = memberships.filter(corpus__deletions=None)
            mine = [
                (membership.corpus, membership.role)
                for membership in there
                if membership.role == Role.COORDINATOR or membership.corpus.archived_at is None
            ]
        rows = [
            {
                "slug": corpus.slug,
                "name": corpus.name,
                "role": role,
                "paused": corpus.paused_at is not None,
                "archived": corpus.archived_at is not None,
            }
            for corpus, role in mine
        ]
        return Response(CorpusInListSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="corpus_create",
        request=NewCorpusSerializer,
        responses={201: CorpusSerializer},
    )
    def post(self, request: Request) -> Response:
        """A new corpus; numbers left out are the paper's."""
        given = parsed(NewCorpusSerializer(data=request.data))
        labels, source = labels_of(given)
        corpus = corpora.create_corpus(
            slug=given["slug"],
            name=given["name"],
            labels=labels,
            source=source,
            numbers={name: given.get(name) for name in corpora.FROZEN},
        )
        return corpus_answer(corpus, 201)


def labels_of(given: dict[str, Any]) -> tuple[tuple[Label, ...], str]:
    """The label set that a request for a new corpus names, and what to call it in errors."""
    ways = [name for name in ("preset", "emotions", "labels_csv") if given.get(name)]
    if len(ways) > 1:
        raise Refusal(
            "two_label_sets",
            f"Give {ways[0]} or {ways[1]}, not both.",
            status=400,
            one=ways[0],
            other=ways[1],
        )
    if given.get("emotions"):
        return tuple(Label(**emotion) for emotion in given["emotions"]), "emotions"
    if given.get("labels_csv"):
        return read_labels(given["labels_csv"], source="the label file"), "the label file"
    return preset(given.get("preset") or "mer2023"), "the preset"


class OneCorpusView(CorpusView):
    def get_permissions(self) -> list[BasePermission]:
        return [IsMember() if self.request.method == "GET" else IsCoordinator()]

    @extend_schema(operation_id="corpus_get", responses=CorpusSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The corpus, its numbers and its label set."""
        return corpus_answer(self.corpus)

    @extend_schema(
        operation_id="corpus_change", request=CorpusChangeSerializer, responses=CorpusSerializer
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Rename, pause, archive, write guidelines, or change numbers that are not frozen yet."""
        changes = parsed(CorpusChangeSerializer(data=request.data, partial=True))
        corpus = corpora.change_corpus(
            corpus=self.corpus,
            paused=changes.pop("paused", None),
            archived=changes.pop("archived", None),
            changes=changes,
            at=timezone.now(),
        )
        return corpus_answer(corpus)


class LabelsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="corpus_labels", request=LabelSetSerializer, responses=CorpusSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """The whole label set, in order. Once a vote was cast, codes and special labels stay."""
        given = parsed(LabelSetSerializer(data=request.data))
        labels = tuple(Label(**emotion) for emotion in given["emotions"])
        label_changes.replace_labels(corpus=self.corpus, labels=labels)
        return corpus_answer(self.corpus)
