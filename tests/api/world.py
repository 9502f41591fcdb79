"""One of everything the API has an address for, and a person in each role."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import invitations
from accounts.actions import NewPerson, add_member, make_person
from accounts.links import reset_url
from accounts.models import User
from annotation import clips_actions
from annotation.corpora import create_corpus
from annotation.exporting import run_export, start_export
from annotation.labelsets import preset
from collection import practice
from collection.actions import add_file, create_import
from collection.models import Clip, Corpus, ImportedFile
from collection.storage import media_path
from jobs.actions import cancel, start_job
from jobs.progress import Silent
from selection import batches
from tests import chosen, factories, trained
from tests.api.conftest import PASSWORD
from tests.films import film

ROLES = (
    "anonymous",
    "annotator",
    "coordinator",
    "annotator elsewhere",
    "coordinator elsewhere",
    "site administrator",
)
JSON = "application/json"


@dataclass
class World:
    """`people` by role; `ids` are the values for the addresses' parameters; `films` is the
    corpus that everything is in, `other` one that has only people."""

    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def client(self, role: str, *, by_token: bool = False, **options: Any) -> Client:
        """What somebody in this role asks with: a session's cookie or a script's token."""
        client = Client(raise_request_exception=False, **options)
        if role == "anonymous":
            return client
        if by_token:
            token, _ = Token.objects.get_or_create(user=self.people[role])
            client.defaults["HTTP_AUTHORIZATION"] = f"Token {token.key}"
        else:
            client.force_login(self.people[role])
        return client


@contextmanager
def undone() -> Iterator[None]:
    """Nothing that happens inside lasts."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build(folder: Path) -> World:
    """Made by the actions and commands that people use; `folder` is for the files."""
    world = World()
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        films, other = (_corpus(slug) for slug in ("films", "other"))
        _people(world, films, other)
    _clips(world, films, folder)
    _labeling(world, films)
    _unopened(films, folder)
    _paperwork(world, films)
    _training(world, films)
    _selection(world, films)
    return world


def _corpus(slug: str) -> Corpus:
    labels = preset("mer2023")
    return create_corpus(slug=slug, name=slug, labels=labels, source="the preset", numbers={})


def _people(world: World, films: Corpus, other: Corpus) -> None:
    def person(username: str, **options: Any) -> User:
        return make_person(person=NewPerson(username=username, password=PASSWORD), **options)

    world.people = {
        "annotator": person("anna"),
        "coordinator": person("cora"),
        "annotator elsewhere": person("otto"),
        "coordinator elsewhere": person("olga"),
        "site administrator": person("root", site_administrator=True),
    }
    for corpus, suffix in ((films, ""), (other, " elsewhere")):
        for role in ("annotator", "coordinator"):
            add_member(corpus=corpus, user=world.people[role + suffix], role=role)
    second = person("ben")
    membership = add_member(corpus=films, user=second, role="annotator")
    world.people["second annotator"] = second
    world.ids["membership_id"] = membership.pk


def _clips(world: World, films: Corpus, folder: Path) -> None:
    film(folder / "with a film.mp4", seconds=0.2, size="64x48")
    (folder / "no film.mp4").write_bytes(b"no film")
    names = "\n".join(f"clip{number}" for number in range(6))
    (folder / "clips.csv").write_text(f"name\n{names}\n")
    for path in (folder, folder / "clips.csv"):
        call_command("import_clips", films.slug, path, stdout=_silence(), stderr=_silence())
    world.ids["file_id"] = ImportedFile.objects.get(name="no film.mp4").pk
    world.ids["clip_id"] = Clip.objects.get(name="with a film").pk
    world.ids["mood"] = "sadness"
    path = media_path(practice.relative_path_of("sadness"))
    path.parent.mkdir()
    film(path, seconds=0.2, size="64x48")


def _labeling(world: World, films: Corpus) -> None:
    """The annotator has voted on one clip and holds others; the second one has skipped one."""
    call_command("open_clips", films.slug, all=True, stdout=_silence(), stderr=_silence())
    anna, ben = (world.client(role) for role in ("annotator", "second annotator"))
    desk = ask(anna, "POST", "/api/corpora/films/desk/claim")
    first = desk["screens"][0]
    seats = [{"seat": s["seat"], "token": s["token"]} for s in first["seats"]]
    vote = {"seats": [seats[0] | {"emotion": "happiness"}], "response_ms": 900, "note": "Two faces"}
    desk = ask(anna, "POST", "/api/corpora/films/desk/votes", vote)
    held = desk["screens"][0]
    world.more["undo"] = desk["undo"]
    world.more["held"] = [{"seat": s["seat"], "token": s["token"]} for s in held["seats"]]
    world.ids["name"] = first["clip"]["name"]
    cora = world.client("coordinator")
    world.ids["note_id"] = ask(cora, "GET", "/api/corpora/films/notes")["results"][0]["id"]
    history = ask(cora, "GET", f"/api/corpora/films/clips/{first['clip']['name']}")
    votes = [vote for seat in history["labelings"][0]["seats"] for vote in seat["votes"]]
    world.more["vote"] = votes[0]["id"]

    skipped = ask(ben, "POST", "/api/corpora/films/desk/claim")["screens"][0]["seats"]
    seats = [{"seat": s["seat"], "token": s["token"]} for s in skipped]
    body = {"seats": seats, "reason": "cannot_play", "note": ""}
    ask(ben, "POST", "/api/corpora/films/desk/skip", body)
    world.ids["skip_id"] = ask(cora, "GET", "/api/corpora/films/skips")["results"][0]["id"]


def _unopened(films: Corpus, folder: Path) -> None:
    """A clip that nobody labels, for the guidelines to show."""
    (folder / "shown.csv").write_text("name\nshown\n")
    call_command(
        "import_clips", films.slug, folder / "shown.csv", stdout=_silence(), stderr=_silence()
    )


def _paperwork(world: World, films: Corpus) -> None:
    by = world.people["coordinator"]
    invitation, url = invitations.invite(
        corpus=films, role="annotator", note="", invited_by=by, at=timezone.now()
    )
    world.ids["invitation_id"] = invitation.pk
    world.ids["token"] = url.rpartition("/")[2]
    query = reset_url(world.people["second annotator"]).partition("?")[2]
    world.more["reset"] = dict(part.split("=") for part in query.split("&"))
    clip_import = create_import(corpus=films, created_by=by)
    add_file(clip_import=clip_import, name="a.mp4", chunks=[b"no film"], size=7)
    world.ids["import_id"] = clip_import.pk
    job = start_job(kind="import_clips", task="none", corpus=films, created_by=by)
    world.ids["job_id"] = job.pk
    action = clips_actions.start(
        corpus=films, what="restore", names=[world.ids["name"]], reason="", by=by
    )
    world.ids["action_id"] = action.pk
    export = start_export(corpus=films, what="clips", format="csv", created_by=by)
    run_export(export, Silent())
    world.ids["export_id"] = export.pk
    opened = Clip.objects.filter(corpus=films, labelings__isnull=False)
    untouched = opened.exclude(seats__annotator__isnull=False)
    aside = untouched.values_list("name", flat=True)[0]
    world.more["aside"] = aside
    address = f"/api/corpora/films/clips/{aside}/set-aside"
    ask(world.client("coordinator"), "POST", address, {"reason": "nobody speaks"})


def _training(world: World, films: Corpus) -> None:
    """A feature set that a trained run uses, one that none does, and a run that was stopped."""
    by = world.people["site administrator"]
    trained.label_clips(films)
    tones = trained.imported(films, "tones", by)
    world.ids["set_id"] = trained.extracted(films, "speech", by).pk
    run = trained.trained(trained.asked(films, [tones], by)[0])
    world.ids["run_id"] = run.pk
    world.ids["prediction_id"] = trained.predicted(run, by).pk
    world.more["tones"] = tones.pk
    world.more["stopped"] = trained.stopped(trained.asked(films, [tones], by)[0]).pk


def _selection(world: World, films: Corpus) -> None:
    """A run with a batch whose job was stopped, and one of which nothing was opened."""
    by = world.people["site administrator"]
    names = [f"to select {number}" for number in range(8)]
    factories.clips(films, names)
    scoring = chosen.scoring(films, names)
    world.more["scoring"] = scoring.pk
    world.ids["scoring_id"] = chosen.explored(chosen.scoring(films, names, seed=1)).pk
    world.more["unopened"] = chosen.chosen(scoring, by, eta=0.2).pk
    run = chosen.chosen(scoring, by, eta=0.0)
    batch = batches.open_batch(run=run, count=1, by=by)
    assert batch.opening.job
    cancel(job_id=batch.opening.job.pk)
    world.ids |= {"selection_id": run.pk, "number": batch.number}


def ask(client: Client, method: str, path: str, data: Any = None) -> Any:
    answer = client.generic(method, path, _json(data), content_type=JSON)
    assert answer.status_code < 300, (method, path, answer.content[:500])
    return answer.json()


def send(client: Client, method: str, path: str, data: Any = None) -> Any:
    """A request whose data is JSON, or, where a file is among it, a form."""
    if method == "GET":
        return client.get(path)
    if isinstance(data, dict) and any(hasattr(value, "read") for value in data.values()):
        return client.post(path, data)
    return client.generic(method, path, _json(data), content_type=JSON)


def _json(data: Any) -> str:
    return json.dumps({} if data is None else data, default=str)


def _silence() -> StringIO:
    return StringIO()
