"""Clips known by name, and what a manifest says of them."""

import json
from collections.abc import Iterator, Sequence, Set
from typing import TypeVar

from django.db import connection, transaction
from django.utils import timezone

from collection.faults import Fault, Faults
from collection.manifest_rows import Entry
from collection.models import Clip, ClipImport, Corpus, ImportedFile, Video, draw_shuffle
from jobs.bulk import copy_rows
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Reason, Rule, Said

AT_ONCE = 5000  # rows a statement
ERRORS_SHOWN = 10

T = TypeVar("T")


def batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(rows), AT_ONCE):
        yield rows[at : at + AT_ONCE]


def lock_clips(corpus: Corpus) -> None:
    """Whoever adds clips to a corpus waits for whoever else does, until the transaction ends."""
    Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)


@transaction.atomic
def register_names(
    *, clip_import: ClipImport, entries: Sequence[Entry], progress: Progress
) -> None:
    """Write down what the import is about: all of it, or one refusal and nothing.

    Rows with a file wait for it. The others become clips known by their name alone;
    such a clip that exists learns what is new about it, and may not be contradicted.
    """
    corpus = clip_import.corpus
    lock_clips(corpus)
    videos = _videos(corpus, {entry.video for entry in entries if entry.video})
    faults = Faults("", listed=ERRORS_SHOWN)
    done = 0
    for some in batches([entry for entry in entries if entry.path is None]):
        progress.check()
        progress.report(done, len(entries), Said("reading_names", "names"))
        _name_clips(clip_import, some, videos, faults)
        done += len(some)
    if faults.count:
        raise _contradiction(faults)
    for some in batches([entry for entry in entries if entry.path is not None]):
        ImportedFile.objects.bulk_create(
            [ImportedFile(clip_import=clip_import, name=printable(entry.file)) for entry in some],
            ignore_conflicts=True,
        )


def printable(name: str) -> str:
    """A file's name as the database and a page can show it, whatever bytes it is made of."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")[:300]


def complete(clip: Clip, entry: Entry, video: Video | None) -> bool:
    """Add what the entry knows and the clip does not yet; whether anything was added."""
    news: dict[str, object] = {
        "transcript": entry.transcript,
        "speaker": entry.speaker,
        "content_warning": entry.content_warning,
        "start": entry.start,
        "end": entry.end,
        "video_id": video.pk if video else None,
    }
    added = False
    for field, value in news.items():
        old = getattr(clip, field)
        if value in (None, "") or value == old:
            continue
        if old not in (None, ""):
            column = "video" if field == "video_id" else field
            raise Refusal(
                "clip_is_known_differently",
                f'clip "{clip.name}" already has another {column} in this corpus, '
                "and an import changes nothing that is known. Correct or empty the cell.",
                status=400,
                clip=clip.name,
                column=column,
            )
        setattr(clip, field, value)
        added = True
    if clip.start is not None and clip.end is not None and clip.end <= clip.start:
        raise Refusal(
            "clip_ends_before_it_starts",
            f'clip "{clip.name}" would end at {clip.end} s, before it starts at {clip.start} s. '
            "Correct the cell.",
            status=400,
            clip=clip.name,
            start=clip.start,
            end=clip.end,
        )
    return added


def _videos(corpus: Corpus, names: set[str]) -> dict[str, Video]:
    for some in batches(sorted(names)):
        Video.objects.bulk_create(
            [Video(corpus=corpus, name=name) for name in some], ignore_conflicts=True
        )
    return {
        video.name: video
        for some in batches(sorted(names))
        for video in Video.objects.filter(corpus=corpus, name__in=some)
    }


def _name_clips(
    clip_import: ClipImport,
    entries: Sequence[Entry],
    videos: dict[str, Video],
    faults: Faults,
) -> None:
    """These rows' clips, made or completed, and the report of each."""
    corpus = clip_import.corpus
    names = [entry.name for entry in entries]
    known = {clip.name: clip for clip in Clip.objects.filter(corpus=corpus, name__in=names)}
    better: list[Clip] = []
    for entry in entries:
        if clip := known.get(entry.name):
            try:
                if complete(clip, entry, videos.get(entry.video)):
                    better.append(clip)
            except Refusal as refusal:
                rule = Rule(refusal.code, refusal.detail, **refusal.params)
                faults.add(Fault(entry.row, "", "", rule))
    if faults.count:
        return
    _insert_clips(corpus, [entry for entry in entries if entry.name not in known], videos)
    _complete_clips(better)
    old = known.keys() - {clip.name for clip in better}
    _report_names(clip_import, names, old)


def _insert_clips(corpus: Corpus, entries: Sequence[Entry], videos: dict[str, Video]) -> None:
    now = timezone.now()
    fields = ("corpus", "name", "shuffle", "video", "start", "end", "speaker", "transcript")
    rows = (
        (
            corpus.pk,
            entry.name,
            draw_shuffle(),
            videos[entry.video].pk if entry.video else None,
            entry.start,
            entry.end,
            entry.speaker,
            entry.transcript,
            entry.content_warning,
            "",
            "",
            now,
        )
        for entry in entries
    )
    copy_rows(Clip, (*fields, "content_warning", "file", "playable", "imported_at"), rows)


def _complete_clips(better: Sequence[Clip]) -> None:
    """Write down what clips have learned; bulk_update takes a minute for a large corpus."""
    if not better:
        return
    fields = ("pk", "transcript", "speaker", "content_warning", "start", "end", "video_id")
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE collection_clip c SET transcript = n.transcript, speaker = n.speaker,
                content_warning = n.content_warning, start = n.start, "end" = n."end",
                video_id = n.video_id
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::float8[],
                %s::float8[], %s::bigint[])
                AS n (id, transcript, speaker, content_warning, start, "end", video_id)
            WHERE c.id = n.id""",
            [[getattr(clip, field) for clip in better] for field in fields],
        )


def _report_names(clip_import: ClipImport, names: Sequence[str], old: Set[str]) -> None:
    """What the page lists; a run that goes on after a kill leaves what is there."""
    clips = dict(
        Clip.objects.filter(corpus=clip_import.corpus, name__in=names).values_list("name", "pk")
    )
    there = set(clip_import.files.filter(name__in=names).values_list("name", flat=True))
    rows = (
        (clip_import.pk, name, *_outcome(name, is_old=name in old), clips[name])
        for name in names
        if name not in there
    )
    fields = ("clip_import", "name", "outcome", "reason", "code", "params", "clip")
    copy_rows(ImportedFile, fields, rows)


def _outcome(name: str, *, is_old: bool) -> tuple[str, str, str, str]:
    """Outcome, reason, code and params as COPY takes them."""
    if not is_old:
        return ImportedFile.Outcome.IMPORTED.value, "", "", "{}"
    said = Reason(
        "row_says_nothing_new",
        f"clip {name} is already in this corpus, and the row says nothing new.",
        clip=name,
    )
    return ImportedFile.Outcome.DUPLICATE.value, said.text, said.code, json.dumps(said.params)


def _contradiction(faults: Faults) -> Refusal:
    more = f"; and {faults.more} more" if faults.more else ""
    return Refusal(
        "manifest_contradicts_the_corpus",
        f"{'; '.join(map(str, faults.kept))}{more}. Nothing of the manifest was imported.",
        status=400,
        **faults.told(),
    )
