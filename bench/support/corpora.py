"""Corpora for benchmarks. Models are imported late: Django is set up by `place.servers`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.support.place import manage

if TYPE_CHECKING:
    from accounts.models import User
    from collection.models import Corpus

MER2023 = 73_148  # unlabeled clips of the paper's corpus
CLIPS_PER_VIDEO = 50
PASSWORD = "a long enough secret"


def clip_names(count: int) -> list[str]:
    return [f"sample_{number:08}" for number in range(count)]


def write_manifest(path: Path, count: int, *, videos: bool) -> None:
    """A manifest of clips known by name; with `videos` they are pieces of films."""
    with path.open("w") as file:
        file.write("name,video\n" if videos else "name\n")
        for number, name in enumerate(clip_names(count)):
            film = f",film_{number // CLIPS_PER_VIDEO:05}" if videos else ""
            file.write(f"{name}{film}\n")


def corpus_of(slug: str, count: int, home: Path, *options: str) -> "Corpus":
    """A corpus of so many clips, none of them open."""
    from collection.models import Corpus

    manifest = home / f"{slug}.csv"
    write_manifest(manifest, count, videos=True)
    manage("create_corpus", slug, *options)
    manage("import_clips", slug, manifest)
    return Corpus.objects.get(slug=slug)


def people(corpus: "Corpus", names: Iterable[str]) -> "list[User]":
    """Annotators of the corpus who can log in."""
    from accounts.actions import NewPerson, add_member, make_person

    found = [make_person(person=NewPerson(name, PASSWORD)) for name in names]
    for person in found:
        add_member(corpus=corpus, user=person, role="annotator")
    return found


def analyze() -> None:
    """What autovacuum does within a minute of a large change: no run depends on whether it has."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def rows(statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
    """The rows that the database answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
