"""The clips' files where the baseline, which knows nothing but files, can read them.

Where media are in a bucket, the files that lack a row are brought to a folder beside the feature
set first. They stay there for the next run if this one is killed or replaced, or the bucket or the
database falls silent; any other end removes them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db import InterfaceError, OperationalError

from baseline.clip_names import clip_name
from baseline.errors import Fault, of_the_disk
from baseline.extracting import catalog
from baseline.stores import FeatureStore
from collection import storage
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.runs import Replaced
from jobs.sentences import Said
from training import folders
from training.models import FeatureSet
from training.processes import refusal_of


@contextmanager
def at_hand(features: FeatureSet, progress: Progress) -> Iterator[Callable[[str], Path]]:
    """Tells where each kept file can be read. Raises Refusal: the disk is full, the bucket does
    not answer."""
    if not settings.MEDIA_BUCKET:
        yield lambda kept: storage.media_path(kept).absolute()
        return
    folder = folders.clips_of(features)
    try:
        _fetch(_lacking(features), folder, progress)
        yield lambda kept: (folder / PurePosixPath(kept).name).absolute()
    except Exception as error:  # killed is none
        if not _is_gone_on_with(error):
            folders.remove(folder)
        raise
    folders.remove(folder)


def _is_gone_on_with(error: Exception) -> bool:
    if isinstance(error, Refusal):
        return error.status == HTTPStatus.SERVICE_UNAVAILABLE
    return isinstance(error, Replaced | OperationalError | InterfaceError)


def _fetch(wanted: list[str], folder: Path, progress: Progress) -> None:
    """A file that is not there any more fails by itself, and the others go on."""
    media = storage.place()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for done, kept in enumerate(wanted):
            progress.check()
            progress.report(done, len(wanted), Said("fetching_clips", "clips fetched"))
            to = folder / PurePosixPath(kept).name
            if not to.exists():
                with suppress(FileNotFoundError):
                    media.fetch(kept, to, progress.check)
                    progress.kept()
    except OSError as error:
        raise refusal_of(of_the_disk(error)) from error


def _lacking(features: FeatureSet) -> list[str]:
    """The files of the clips that have no row yet."""
    if catalog.of(features.extractor).needs == catalog.TEXT:
        return []
    clips = features.corpus.clips.exclude(file="").order_by("name")
    files = list(clips.values_list("name", "file"))
    if not folders.store_of(features).exists():
        return [file for _, file in files]
    try:
        store = FeatureStore.open(folders.store_of(features))
    except Fault as fault:
        raise refusal_of(fault) from fault
    rows = store.rows(clip_name(name) for name, _ in files)
    return [file for (_, file), row in zip(files, rows, strict=True) if row < 0]
