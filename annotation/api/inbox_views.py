"""A coordinator's inbox: skipped clips, notes, refused files, and what is done about each."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.views import signed_in
from annotation import coordination, inbox
from annotation.api.inbox_serializers import (
    InboxSerializer,
    NotesPageSerializer,
    RefusedFilesPageSerializer,
    SkipsPageSerializer,
)
from annotation.models import Note, Skip
from collection.models import ImportedFile
from collection.views import CorpusView
from jobs.pages import PageQuerySerializer, asked_page, page_of
from jobs.permissions import IsCoordinator


class InboxView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(operation_id="inbox_counts", responses=InboxSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How many skips, notes and refused files wait."""
        return Response(InboxSerializer(inbox.counts(self.corpus)).data)


class OneOfTheInboxView(CorpusView):
    permission_classes = (IsCoordinator,)

    def found(self, rows: Any, what: str, pk: int) -> Any:
        """A row of this corpus by its number; one that is not of it does not exist."""
        row = rows.filter(pk=pk).first()
        if row is None:
            raise Http404(f"There is no {what} {pk} in corpus {self.corpus.slug}.")
        return row


class SkipsView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="skips_list", parameters=[PageQuerySerializer], responses=SkipsPageSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """Skips about which nobody has done anything, the newest first, fifty a page."""
        skips = inbox.waiting_skips(self.corpus).select_related("clip", "annotator")
        return Response(SkipsPageSerializer(page_of(skips, asked_page(request))).data)


class ClearSkipView(OneOfTheInboxView):
    @extend_schema(operation_id="skip_clear", request=None, responses={204: None})
    def post(self, request: Request, slug: str, skip_id: int) -> Response:
        """Offer the clip to the annotator again."""
        skip = self.found(Skip.objects.filter(corpus=self.corpus), "skip", skip_id)
        coordination.clear_skip(skip=skip, by=signed_in(request), at=timezone.now())
        return Response(status=204)


class LeaveSkipView(OneOfTheInboxView):
    @extend_schema(operation_id="skip_leave", request=None, responses={204: None})
    def post(self, request: Request, slug: str, skip_id: int) -> Response:
        """Let the skip be: it stays, and waits for nobody any more."""
        skip = self.found(Skip.objects.filter(corpus=self.corpus), "skip", skip_id)
        inbox.leave_skip(skip=skip, by=signed_in(request), at=timezone.now())
        return Response(status=204)


class NotesView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="notes_list", parameters=[PageQuerySerializer], responses=NotesPageSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """Notes beside votes that nobody has read, the newest first, fifty a page."""
        notes = inbox.unread_notes(self.corpus).select_related("seat__clip", "seat__annotator")
        return Response(NotesPageSerializer(page_of(notes, asked_page(request))).data)


class ReadNoteView(OneOfTheInboxView):
    @extend_schema(operation_id="note_read", request=None, responses={204: None})
    def post(self, request: Request, slug: str, note_id: int) -> Response:
        """Mark a note as read."""
        note = self.found(Note.objects.filter(corpus=self.corpus), "note", note_id)
        inbox.read_note(note=note, by=signed_in(request), at=timezone.now())
        return Response(status=204)


class RefusedFilesView(CorpusView):
    permission_classes = (IsCoordinator,)

    @extend_schema(
        operation_id="refused_files_list",
        parameters=[PageQuerySerializer],
        responses=RefusedFilesPageSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Files that imports refused and nobody has dismissed, the newest first, fifty a page."""
        files = inbox.refused_files(self.corpus).select_related("clip_import")
        return Response(RefusedFilesPageSerializer(page_of(files, asked_page(request))).data)


class DismissFileView(OneOfTheInboxView):
    @extend_schema(operation_id="refused_file_dismiss", request=None, responses={204: None})
    def post(self, request: Request, slug: str, file_id: int) -> Response:
        """Take a refused file off the list."""
        files = ImportedFile.objects.filter(
            clip_import__corpus=self.corpus, outcome=ImportedFile.Outcome.REFUSED
        )
        file = self.found(files, "refused file", file_id)
        inbox.dismiss_file(file=file, by=signed_in(request), at=timezone.now())
        return Response(status=204)
