"""Features of many clips (§3.2–3.4), clip by clip, so that a kill costs no more than one each.

What is finished grows in STORE.rows until all clips are through; then it becomes the feature set
STORE. Starting the same again goes on with what is missing. Clips that fail are told beside it
(`failures`), and the others go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from baseline.clip_names import check_names, counted
from baseline.errors import Fault
from baseline.extracting import catalog, failures
from baseline.extracting.crew import Crew, Outcome
from baseline.extracting.worker import Asked, ClipSource
from baseline.row_log import RowLog
from baseline.stores import FeatureStore, recipe_id

Progress = Callable[[int, int, str], None]  # clips done, of how many, the last one's name


@dataclass(frozen=True)
class Extracted:
    """What came of it."""

    store: FeatureStore
    failed: int  # clips that have no row now


def unfinished(into: Path) -> Path:
    """Where the rows are as long as there is no feature set."""
    return into.with_name(f"{into.name}.rows")


def extract(
    asked: Asked,
    clips: Sequence[ClipSource],
    into: Path,
    name: str,
    *,
    extend: bool = False,
    processes: int | None = None,
    progress: Progress = lambda done, total, clip: None,
) -> Extracted:
    """A feature set of these clips, in their order; with `extend`, added to the one that is there.

    Raises Fault: an extractor that is not there or not installed, what `load` of it says; names
    of clips; a feature set that is there already, or was made otherwise; not one clip with a row.
    """
    kind = catalog.of(asked.kind)
    if why := kind.available():
        raise why
    check_names([clip.name for clip in clips], name)
    older = _older(into, extend=extend)
    todo = [clip for clip in clips if older is None or older.rows([clip.name])[0] < 0]
    if older and not todo:
        return Extracted(older, _told(into, older.names))
    into.parent.mkdir(parents=True, exist_ok=True)
    with Crew(asked, processes) as crew:
        if older and older.recipe_id != recipe_id(crew.recipe):
            raise _made_otherwise(older, crew.recipe)
        with RowLog.open(
            unfinished(into),
            name=older.name if older else name,
            modality=kind.modality,
            dimension=crew.dimension,
            recipe=crew.recipe,
            source=f"extracted by {kind.kind}",
        ) as log:
            todo = [clip for clip in todo if clip.name not in log]
            _forget(into, todo)
            done = len(clips) - len(todo)
            progress(done, len(clips), "")
            for clip, outcome in crew.outcomes(todo):
                _keep(log, into, (clip, outcome))
                done += 1
                progress(done, len(clips), clip.name)
            if not len(log) and older is None:
                log.file.unlink()
                raise _none_succeeded(name, failures.read(into))
            order = [clip.name for clip in clips]
            store = log.finish(into, order, extending=older)
    return Extracted(store, _told(into, store.names))


def _older(into: Path, *, extend: bool) -> FeatureStore | None:
    if not (into / "about.json").exists():
        return None
    if not extend:
        raise Fault(
            "feature_set_exists",
            f"{into}: there is a feature set already. Extend it by the clips that it lacks "
            "(--extend), or give another folder.",
            folder=into.name,
        )
    return FeatureStore.open(into)


def _keep(log: RowLog, into: Path, outcome: Outcome) -> None:
    clip, found = outcome
    try:
        if isinstance(found, Fault):
            raise found
        log.append(clip.name, found)
    except Fault as fault:
        failure = failures.Failure(clip.name, fault.code, fault.text, fault.params)
        failures.append(into, failure)


def _forget(into: Path, todo: Sequence[ClipSource]) -> None:
    """Earlier failures of clips that are tried again now."""
    again = {clip.name for clip in todo}
    failures.write(into, [each for each in failures.read(into) if each.name not in again])


def _told(into: Path, names: Sequence[str]) -> int:
    """How many clips failed; those that have a row by now are told no more."""
    there = set(names)
    failed = [each for each in failures.read(into) if each.name not in there]
    failures.write(into, failed)
    return len(failed)


def _made_otherwise(older: FeatureStore, recipe: object) -> Fault:
    was, now = dict(older.recipe), dict(recipe)  # type: ignore[call-overload]
    keys = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
    differs = "; ".join(f"{key}: {was.get(key, '–')} → {now.get(key, '–')}" for key in keys)
    return Fault(
        "feature_set_made_otherwise",
        f"feature set {older.name}: all its rows must be made alike, and these would not be "
        f"({differs}). Extract into another feature set, or with what this one was made with.",
        features=older.name,
        differs=differs,
    )


def _none_succeeded(name: str, failed: Sequence[failures.Failure]) -> Fault:
    first = failed[0]
    return Fault(
        "every_clip_failed",
        f"feature set {name}: not one clip could be extracted; {counted(len(failed), 'clip')} "
        f"failed, the first, {first.name}, so: {first.text}",
        features=name,
        count=len(failed),
        clip=first.name,
        why=first.text,
    )
