"""The import itself: file after file is identified, probed, made playable and kept.

What is done is written down file by file, so that it may be killed anywhere and run
again: what has an outcome is not touched, what was being done is done anew. A file
that is refused is reported by name, and the others go on.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from collection import storage
from collection.manifest_rows import Entry, name_fault
from collection.models import Clip, ClipImport, Corpus, ImportedFile, Video
from collection.naming import complete, lock_clips, printable, register_names
from collection.playable import make_copy, plays_as_it_is
from collection.probing import Probe, probe
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Reason, Said

Outcome = ImportedFile.Outcome
AtHand = Callable[[Path], AbstractContextManager[Path]]


def run_import(
    *,
    clip_import: ClipImport,
    entries: list[Entry],
    progress: Progress,
    at_hand: AtHand = nullcontext,
    done_with: Callable[[ImportedFile], None] = lambda file: None,
) -> None:
    """Bring every entry into the corpus. `at_hand` says where this machine can read an entry's
    file, `done_with` hears of each file that has its outcome."""
    register_names(clip_import=clip_import, entries=entries, progress=progress)
    with_file = [entry for entry in entries if entry.path is not None]
    at = len(entries) - len(with_file)
    reported = {file.name: file for file in clip_import.files.filter(clip=None)}
    for entry in with_file:
        file = reported.get(printable(entry.file))
        if file is not None and file.outcome == Outcome.WAITING:
            one = _FileImport(
                clip_import,
                entry,
                at_hand,
                report=partial(progress.report, at, len(entries)),
                check=progress.check,
            )
            file.outcome, said, file.clip = one.run()
            give_reason(file, said)
            file.save(update_fields=["outcome", "reason", "code", "params", "clip"])
        if file is not None:
            done_with(file)
        at += 1
        progress.report(at, len(entries), printable(entry.file))


def give_reason(file: ImportedFile, said: Said) -> None:
    file.reason, file.code, file.params = said.text, said.code, said.params


def summary(clip_import: ClipImport) -> Said:
    """What came of it, in one sentence."""
    counts = clip_import.counts()
    said = [f"{counts[Outcome.IMPORTED]} imported"]
    if counts[Outcome.DUPLICATE]:
        said.append(f"{counts[Outcome.DUPLICATE]} already there")
    if counts[Outcome.REFUSED]:
        said.append(f"{counts[Outcome.REFUSED]} refused")
    return Said(
        "import_done",
        ", ".join(said),
        imported=counts[Outcome.IMPORTED],
        duplicate=counts[Outcome.DUPLICATE],
        refused=counts[Outcome.REFUSED],
    )


@dataclass
class _FileImport:
    """One file's way into the corpus."""

    clip_import: ClipImport
    entry: Entry
    at_hand: AtHand
    report: Callable[[str], None]
    check: Callable[[], None]

    def run(self) -> tuple[Outcome, Said, Clip | None]:
        """The outcome, the reason for it, the clip."""
        try:
            self.check()
            self.report(self.shown)
            if fault := name_fault(self.entry.name):
                raise Refusal(
                    "file_is_named_badly",
                    f"{self.shown}: {fault}. Rename the file.",
                    status=400,
                    file=self.shown,
                    faults=[{"code": fault.code, "params": fault.params}],
                )
            assert self.entry.path is not None
            with self.at_hand(self.entry.path) as path:
                return self.bring(path)
        except Refusal as refusal:
            if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise  # it is not this file that was refused: nothing can be kept now
            return Outcome.REFUSED, refusal.said, None
        except OSError as error:
            return Outcome.REFUSED, self.not_stored(error), None

    def bring(self, path: Path) -> tuple[Outcome, Said, Clip]:
        sha256 = storage.sha256_of(path, self.check)
        if twin := self.twin(sha256):
            return self.duplicate(twin)
        self.check_name_is_free(sha256)
        found = probe(path, self.shown, self.check)
        clip = self.save(sha256, found, *self.keep(path, sha256, found))
        if clip.name != self.entry.name:
            return self.duplicate(clip)
        return Outcome.IMPORTED, Said("", ""), clip

    @property
    def corpus(self) -> Corpus:
        return self.clip_import.corpus

    @property
    def shown(self) -> str:
        return printable(self.entry.file)

    def not_stored(self, error: OSError) -> Reason:
        why = str(error.strerror or error)
        return Reason(
            "file_is_not_stored",
            f"{self.shown}: it cannot be read or stored here ({why}). Import it again.",
            file=self.shown,
            why=why,
        )

    def duplicate(self, twin: Clip) -> tuple[Outcome, Said, Clip]:
        reason = Reason(
            "content_is_already_there",
            f"{self.shown}: the same content is already in this corpus as clip {twin.name}.",
            file=self.shown,
            clip=twin.name,
        )
        return Outcome.DUPLICATE, reason, twin

    def twin(self, sha256: str) -> Clip | None:
        return Clip.objects.filter(corpus=self.corpus, sha256=sha256).first()

    def check_name_is_free(self, sha256: str) -> None:
        others = Clip.objects.filter(corpus=self.corpus, name=self.entry.name)
        if others.exclude(sha256=None).exclude(sha256=sha256).exists():
            raise Refusal(
                "clip_name_is_taken",
                f'{self.shown}: the corpus has a clip "{self.entry.name}" with other content, and '
                "a name stands for one content for ever. Rename the file, or name it otherwise in "
                "a manifest.",
                status=400,
                file=self.shown,
                clip=self.entry.name,
            )

    def keep(self, path: Path, sha256: str, found: Probe) -> tuple[str, str]:
        """Store the file, and a playable copy where a browser needs one; both names."""
        keep = partial(storage.keep, corpus_id=self.corpus.pk, sha256=sha256)
        if plays_as_it_is(found):
            file = keep(source=path, ending=f".{found.container}")
            return file, file
        workshop = storage.place().workshop(storage.incoming(self.clip_import.pk))
        with workshop as room, TemporaryDirectory(dir=room) as folder:
            copy = Path(folder) / "copy.mp4"
            make_copy(
                source=path,
                name=self.shown,
                probe=found,
                target=copy,
                report=lambda share: self.report(f"{self.shown} ({share:.0%})"),
                check=self.check,
            )
            playable = keep(source=copy, ending=".playable.mp4")
        return keep(source=path, ending=storage.suffix_of(self.shown)), playable

    @transaction.atomic
    def save(self, sha256: str, found: Probe, file: str, playable: str) -> Clip:
        """The clip with its file; or the clip that holds it, if another import was faster."""
        lock_clips(self.corpus)
        if twin := self.twin(sha256):
            return twin
        self.check_name_is_free(sha256)
        clip, _ = Clip.objects.get_or_create(corpus=self.corpus, name=self.entry.name)
        video = None
        if self.entry.video:
            video, _ = Video.objects.get_or_create(corpus=self.corpus, name=self.entry.video)
        complete(clip, self.entry, video)
        clip.sha256, clip.file, clip.playable = sha256, file, playable
        clip.duration, clip.has_audio = found.duration, found.has_audio
        clip.width, clip.height = found.shown_size
        clip.save()
        return clip
