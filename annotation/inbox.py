"""What waits for a coordinator's eyes: skipped clips, notes beside votes, refused files."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from annotation.models import Note, SettingAside, Skip
from collection.models import Corpus, ImportedFile


def waiting_skips(corpus: Corpus) -> QuerySet[Skip]:
    """Skips that nobody has cleared or let be, the newest first. What is done about one may also
    be to set its clip aside; restored, it waits again."""
    aside = SettingAside.objects.filter(labeling__clip=OuterRef("clip"), restored_at=None)
    skips = Skip.objects.filter(corpus=corpus, cleared_at=None, read_at=None)
    return skips.exclude(Exists(aside)).order_by("-at", "-pk")


def unread_notes(corpus: Corpus) -> QuerySet[Note]:
    """Notes that nobody has read, the newest first; what was written beside a vote that its
    annotator took back is kept, but asks for nothing."""
    unread = Note.objects.filter(corpus=corpus, read_at=None, seat__answered_at=F("at"))
    return unread.order_by("-at", "-pk")


def refused_files(corpus: Corpus) -> QuerySet[ImportedFile]:
    """Files that an import refused and nobody has dismissed, the newest first."""
    refused = ImportedFile.objects.filter(
        clip_import__corpus=corpus, outcome=ImportedFile.Outcome.REFUSED, dismissed_at=None
    )
    return refused.order_by("-pk")


def counts(corpus: Corpus) -> dict[str, int]:
    """How many of each wait; three queries."""
    return {
        "skips": waiting_skips(corpus).count(),
        "notes": unread_notes(corpus).count(),
        "files": refused_files(corpus).count(),
    }


def leave_skip(*, skip: Skip, by: User, at: datetime) -> None:
    """Let a skip be: the clip is not offered to the annotator again; who read it first stays."""
    Skip.objects.filter(pk=skip.pk, read_at=None).update(read_at=at, read_by=by)


def read_note(*, note: Note, by: User, at: datetime) -> None:
    """Mark a note as read; who read it first stays."""
    Note.objects.filter(pk=note.pk, read_at=None).update(read_at=at, read_by=by)


def dismiss_file(*, file: ImportedFile, by: User, at: datetime) -> None:
    """Say that a refused file needs nothing more; who said so first stays."""
    ImportedFile.objects.filter(pk=file.pk, dismissed_at=None).update(
        dismissed_at=at, dismissed_by=by
    )
