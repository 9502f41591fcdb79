"""Who may call what: every address of the API, and a person in each role."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.departures import deactivate
from annotation.labelsets import preset
from tests import trained
from tests.api.conftest import PASSWORD
from tests.api.world import ROLES, World, build, send, undone

Statuses = tuple[int, int, int, int, int, int]  # in the order of ROLES


def everyone(status: int) -> Statuses:
    return (status,) * 6


def signed_in(status: int) -> Statuses:
    return (401, status, status, status, status, status)


def members(status: int) -> Statuses:
    return (401, status, status, 404, 404, status)


def coordinators(status: int) -> Statuses:
    return (401, 403, status, 404, 404, status)


def annotators(status: int) -> Statuses:
    """Whoever coordinates holds no seats, a site administrator included."""
    return (401, status, 403, 404, 404, 403)


def administrators(status: int) -> Statuses:
    return (401, 403, 403, 403, 403, status)


def administrators_inside(status: int) -> Statuses:
    """To whoever is not of the corpus it does not exist."""
    return (401, 403, 403, 404, 404, status)


@dataclass(frozen=True)
class Row:
    """`data` is what is sent, or makes it of the world and the role."""

    method: str
    route: str
    statuses: Statuses
    data: Any = None
    ids: dict[str, Callable[[World], Any]] = field(default_factory=dict)
    query: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    def path(self, world: World, slug: str = "films") -> str:
        values = world.ids | {"slug": slug}
        values |= {name: value(world) for name, value in self.ids.items()}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(values[m[1]]), f"/api/{self.route}")
        return path + self.query

    def send(self, world: World, role: str, client: Any, slug: str = "films") -> Any:
        data = self.data(world, role) if callable(self.data) else self.data
        return send(client, self.method, self.path(world, slug), data)


CORPUS = "corpora/<slug:slug>"
NEW_PASSWORD = "another long secret"
CREDENTIALS = {"username": "anna", "password": PASSWORD}
EXAMPLES = {"examples": [{"emotion": "anger", "clip": "shown"}]}
TOUR = {"clips": [{"clip": "shown", "stage": "emotion", "emotion": "anger", "explanation_en": "!"}]}
BECAUSE = {"reason": "the sound is missing"}


def joining(world: World, role: str) -> dict[str, Any]:
    return {"username": "zoe", "password": PASSWORD} if role == "anonymous" else {}


def held(world: World, role: str) -> dict[str, Any]:
    return {"seats": world.more["held"]}


def a_vote(world: World, role: str) -> dict[str, Any]:
    return {"seats": [world.more["held"][0] | {"emotion": "anger"}], "response_ms": 800}


def a_skip(world: World, role: str) -> dict[str, Any]:
    return held(world, role) | {"reason": "cannot_play", "note": ""}


def an_undo(world: World, role: str) -> dict[str, Any]:
    return {
        name: world.more["undo"][name] for name in ("vote", "seat") if name in world.more["undo"]
    }


def a_void(world: World, role: str) -> dict[str, Any]:
    return BECAUSE | {"votes": [{"kind": "emotion", "id": world.more["vote"]}]}


def an_action(world: World, role: str) -> dict[str, Any]:
    return BECAUSE | {"what": "set_aside", "names": [world.ids["name"]]}


def a_reset(world: World, role: str) -> dict[str, Any]:
    return world.more["reset"] | {"new_password": NEW_PASSWORD}


def a_password(world: World, role: str) -> dict[str, Any]:
    return {"old_password": PASSWORD, "new_password": NEW_PASSWORD}


def a_file(world: World, role: str) -> dict[str, Any]:
    file = BytesIO(b"no film at all")
    file.name = "b.mp4"
    return {"file": file}


def votes_file(world: World, role: str) -> dict[str, Any]:
    file = BytesIO(b"clip,stage,annotator,emotion\n")
    file.name = "votes.csv"
    return {"file": file, "create_clips": "true"}


def the_labels(world: World, role: str) -> dict[str, Any]:
    return {"emotions": [asdict(label) for label in preset("mer2023")]}


def features_file(world: World, role: str) -> dict[str, Any]:
    file = BytesIO(b"name,f1\ntrained 0,1\n")
    file.name = "tones.csv"
    return {"file": file, "name": f"sent-{role.replace(' ', '-')}", "modality": "acoustic"}


def a_training(world: World, role: str) -> dict[str, Any]:
    return trained.NUMBERS | {"feature_sets": [world.more["tones"]]}


def a_scoring(world: World, role: str) -> dict[str, Any]:
    return {"run": world.ids["run_id"]}


def probabilities_file(world: World, role: str) -> dict[str, Any]:
    file = BytesIO(b"name,happiness,sadness\ntrained 0,1,0\n")
    file.name = "theirs.csv"
    return {"file": file}


def a_selection(world: World, role: str) -> dict[str, Any]:
    return {"scoring": world.more["scoring"], "eta": 0.1}


SPEECH = {"name": "more", "extractor": "speech-embedding"}
PREDICTION = {"clips": "labeled", "missing": "refuse"}
STOPPED = {"run_id": lambda world: world.more["stopped"]}
ONE_RUN = f"{CORPUS}/training/<int:run_id>"
ONE_SET = f"{CORPUS}/features/<int:set_id>"
SCORINGS = f"{CORPUS}/selection/scorings"
ONE_SCORING = f"{SCORINGS}/<int:scoring_id>"
SELECTIONS = f"{CORPUS}/selection/runs"
ONE_SELECTION = f"{SELECTIONS}/<int:selection_id>"
UNOPENED = {"selection_id": lambda world: world.more["unopened"]}
CURVE = "?hidden=4&learning_rate=0.01&run=1&fold=1"
ASIDE = {"name": lambda world: world.more["aside"]}

TABLE = [
    Row("GET", "health", everyone(200)),
    Row("GET", "session", everyone(200)),
    Row("POST", "session", everyone(200), CREDENTIALS),
    Row("PATCH", "session", signed_in(200), {"language": "zh-hans"}),
    Row("DELETE", "session", everyone(204)),
    Row("POST", "session/password", signed_in(204), a_password),
    Row("POST", "password-reset", everyone(200), a_reset),
    Row("POST", "token", everyone(200), CREDENTIALS),
    Row("GET", "invitations/<str:token>", everyone(200)),
    Row("POST", "invitations/<str:token>/accept", (200, 409, 409, 200, 200, 409), joining),
    Row("GET", "corpora", signed_in(200)),
    Row("POST", "corpora", administrators(201), {"slug": "new", "preset": "mer2023"}),
    Row("GET", CORPUS, members(200)),
    Row("PATCH", CORPUS, coordinators(200), {"name": "Old films"}),
    Row("PUT", f"{CORPUS}/labels", coordinators(200), the_labels),
    Row("POST", f"{CORPUS}/copy", administrators(201), {"slug": "new", "name": "New"}),
    Row("POST", f"{CORPUS}/deletion", administrators(202), {"slug": "films"}),
    Row("GET", "deletions", administrators(200)),
    Row("GET", f"{CORPUS}/progress", coordinators(200)),
    Row("GET", f"{CORPUS}/openings", coordinators(200)),
    Row("POST", f"{CORPUS}/openings", coordinators(201), {"all": True}),
    Row("POST", f"{CORPUS}/openings/forecast", coordinators(200), {"all": True}),
    Row("GET", f"{CORPUS}/clips", coordinators(200)),
    Row("GET", f"{CORPUS}/clips/<str:name>", coordinators(200)),
    Row("PATCH", f"{CORPUS}/clips/<str:name>", coordinators(200), {"content_warning": "blood"}),
    Row("POST", f"{CORPUS}/clips/<str:name>/set-aside", coordinators(200), BECAUSE),
    Row("POST", f"{CORPUS}/clips/<str:name>/restore", coordinators(200), ids=ASIDE),
    Row("POST", f"{CORPUS}/clips/<str:name>/voids", coordinators(200), a_void),
    Row("POST", f"{CORPUS}/clips-actions", coordinators(201), an_action),
    Row("GET", f"{CORPUS}/clips-actions/<int:action_id>", coordinators(200)),
    Row("GET", f"{CORPUS}/people", coordinators(200)),
    Row("GET", f"{CORPUS}/people/hours", coordinators(200)),
    Row("PATCH", f"{CORPUS}/people/<int:membership_id>", coordinators(200), {"paused": True}),
    Row("POST", f"{CORPUS}/people/<int:membership_id>/deactivate", coordinators(200)),
    Row("POST", f"{CORPUS}/people/<int:membership_id>/reactivate", coordinators(200)),
    Row("POST", f"{CORPUS}/people/<int:membership_id>/reset-link", coordinators(201)),
    Row("POST", f"{CORPUS}/people/<int:membership_id>/void-votes", coordinators(201), BECAUSE),
    Row("GET", f"{CORPUS}/invitations", coordinators(200)),
    Row("POST", f"{CORPUS}/invitations", coordinators(201), {"role": "coordinator"}),
    Row("DELETE", f"{CORPUS}/invitations/<int:invitation_id>", coordinators(204)),
    Row("GET", f"{CORPUS}/inbox", coordinators(200)),
    Row("GET", f"{CORPUS}/skips", coordinators(200)),
    Row("POST", f"{CORPUS}/skips/<int:skip_id>/clear", coordinators(204)),
    Row("POST", f"{CORPUS}/skips/<int:skip_id>/leave", coordinators(204)),
    Row("GET", f"{CORPUS}/notes", coordinators(200)),
    Row("POST", f"{CORPUS}/notes/<int:note_id>/read", coordinators(204)),
    Row("GET", f"{CORPUS}/refused-files", coordinators(200)),
    Row("POST", f"{CORPUS}/refused-files/<int:file_id>/dismiss", coordinators(204)),
    Row("GET", f"{CORPUS}/imports", coordinators(200)),
    Row("POST", f"{CORPUS}/imports", coordinators(201)),
    Row("GET", f"{CORPUS}/imports/<int:import_id>", coordinators(200)),
    Row("POST", f"{CORPUS}/imports/<int:import_id>/files", coordinators(201), a_file),
    Row("GET", f"{CORPUS}/imports/<int:import_id>/files", coordinators(200)),
    Row("GET", f"{CORPUS}/imports/<int:import_id>/report", coordinators(200)),
    Row("POST", f"{CORPUS}/imports/<int:import_id>/start", coordinators(200)),
    Row("GET", f"{CORPUS}/exports", coordinators(200)),
    Row("POST", f"{CORPUS}/exports", coordinators(201), {"what": "clips", "format": "csv"}),
    Row("GET", f"{CORPUS}/exports/<int:export_id>", coordinators(200)),
    Row("DELETE", f"{CORPUS}/exports/<int:export_id>", coordinators(204)),
    Row("GET", f"{CORPUS}/exports/<int:export_id>/file", coordinators(200)),
    Row("GET", f"{CORPUS}/vote-imports", coordinators(200)),
    Row("POST", f"{CORPUS}/vote-imports", coordinators(201), votes_file),
    Row("POST", f"{CORPUS}/simulations", administrators(201), {"annotators": 8, "seed": 1}),
    Row("POST", f"{CORPUS}/rechecks", coordinators(201)),
    Row("GET", f"{CORPUS}/desk", annotators(200)),
    Row("POST", f"{CORPUS}/desk/claim", annotators(200)),
    Row("POST", f"{CORPUS}/desk/votes", annotators(200), a_vote),
    Row("POST", f"{CORPUS}/desk/undo", annotators(200), an_undo),
    Row("POST", f"{CORPUS}/desk/skip", annotators(200), a_skip),
    Row("POST", f"{CORPUS}/desk/release", annotators(204), held),
    Row("POST", f"{CORPUS}/desk/renew", annotators(200), held),
    Row("GET", f"{CORPUS}/desk/history", annotators(200)),
    Row("GET", f"{CORPUS}/desk/practice", members(200)),
    Row("POST", f"{CORPUS}/desk/practice/done", annotators(204)),
    Row("GET", f"{CORPUS}/guidelines", members(200)),
    Row("PUT", f"{CORPUS}/guidelines/examples", coordinators(200), EXAMPLES),
    Row("GET", f"{CORPUS}/guidelines/practice", coordinators(200)),
    Row("PUT", f"{CORPUS}/guidelines/practice", coordinators(200), TOUR),
    Row("GET", f"{CORPUS}/features", administrators_inside(200)),
    Row("POST", f"{CORPUS}/features", administrators_inside(201), SPEECH),
    Row("POST", f"{CORPUS}/features/imports", administrators_inside(201), features_file),
    Row("DELETE", ONE_SET, administrators_inside(204)),
    Row("POST", f"{ONE_SET}/extend", administrators_inside(202)),
    Row("GET", f"{ONE_SET}/failed", administrators_inside(200)),
    Row("GET", f"{CORPUS}/training", administrators_inside(200)),
    Row("POST", f"{CORPUS}/training", administrators_inside(201), a_training),
    Row("GET", f"{CORPUS}/training/table", administrators_inside(200)),
    Row("GET", ONE_RUN, administrators_inside(200)),
    Row("DELETE", ONE_RUN, administrators_inside(204)),
    Row("GET", f"{ONE_RUN}/curve", administrators_inside(200), query=CURVE),
    Row("POST", f"{ONE_RUN}/resume", administrators_inside(202), ids=STOPPED),
    Row("GET", f"{ONE_RUN}/evaluation", administrators_inside(200)),
    Row("GET", f"{ONE_RUN}/model", administrators_inside(200)),
    Row("GET", f"{ONE_RUN}/predictions", administrators_inside(200)),
    Row("POST", f"{ONE_RUN}/predictions", administrators_inside(201), PREDICTION),
    Row(
        "GET",
        f"{ONE_RUN}/predictions/<int:prediction_id>/file",
        administrators_inside(200),
    ),
    Row("GET", f"{CORPUS}/selection", coordinators(200)),
    Row("POST", SCORINGS, administrators_inside(201), a_scoring),
    Row("POST", f"{SCORINGS}/imports", administrators_inside(201), probabilities_file),
    Row("GET", ONE_SCORING, administrators_inside(200)),
    Row("DELETE", ONE_SCORING, administrators_inside(204)),
    Row("GET", f"{ONE_SCORING}/explorer", administrators_inside(200)),
    Row("GET", f"{ONE_SCORING}/clips", administrators_inside(200), query="?eta=0.5"),
    Row("POST", SELECTIONS, administrators_inside(201), a_selection),
    Row("GET", ONE_SELECTION, coordinators(200)),
    Row("DELETE", ONE_SELECTION, administrators_inside(204), ids=UNOPENED),
    Row("GET", f"{ONE_SELECTION}/clips", coordinators(200)),
    Row("GET", f"{ONE_SELECTION}/file", coordinators(200)),
    Row("GET", f"{ONE_SELECTION}/reliable", coordinators(200)),
    Row("POST", f"{ONE_SELECTION}/batches", administrators_inside(201), {"count": 1}),
    Row("POST", f"{ONE_SELECTION}/batches/<int:number>/resume", administrators_inside(202)),
    Row("GET", "clips/<int:clip_id>/media", members(200)),
    Row("GET", "practice/<str:mood>/media", signed_in(200)),
    Row("GET", "jobs/<int:job_id>", (401, 404, 200, 404, 404, 200)),
    Row("POST", "jobs/<int:job_id>/cancel", (401, 404, 200, 404, 404, 200)),
    Row("GET", "schema", everyone(200)),
    Row("GET", "docs", everyone(200)),
]
CHANGES = [row for row in TABLE if row.method != "GET" and row.route != "token"]
INSIDE_OTHER = ("coordinator elsewhere", "site administrator")
OF_A_CORPUS = [row for row in TABLE if row.route.startswith(CORPUS)]


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "films").mkdir()
    return build(tmp_path / "films")


def addresses() -> set[str]:
    """Every method and route below /api/ that the site has."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, route)
            else:
                yield route, entry

    return {
        f"{method.upper()} {route.removeprefix('api/')}"
        for route, entry in walk(get_resolver(), "")
        if route.startswith("api/")
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(entry.callback.view_class, method)  # type: ignore[attr-defined]
    }


def test_every_address_has_a_row_and_every_row_an_address():
    assert {str(row) for row in TABLE} == addresses()


def answers(
    world: World, row: Row, roles: Iterable[str], *, slug: str = "films", **client: Any
) -> dict[str, Any]:
    """What each role gets; what one of them changes the next one does not see."""
    found = {}
    for role in roles:
        with undone():
            found[role] = row.send(world, role, world.client(role, **client), slug)
    return found


@pytest.mark.parametrize("by_token", [False, True], ids=["session", "token"])
def test_each_role_gets_what_is_theirs(world, by_token):
    expected = {str(row): dict(zip(ROLES, row.statuses, strict=True)) for row in TABLE}
    got: dict[str, dict[str, int]] = {}
    for row in TABLE:
        found = answers(world, row, ROLES, by_token=by_token)
        got[str(row)] = {role: answer.status_code for role, answer in found.items()}
        for answer in found.values():
            if answer.status_code >= 400:
                assert answer.json()["error"].keys() == {
                    "code",
                    "detail",
                    "params",
                    "fields",
                    "reasons",
                }
    assert got == expected


def test_without_the_csrf_token_a_session_changes_nothing(world):
    for row in CHANGES:
        allowed = [role for role, status in zip(ROLES, row.statuses, strict=True) if status < 300]
        for role, answer in answers(world, row, allowed, enforce_csrf_checks=True).items():
            assert answer.status_code == 403, (str(row), role)
            assert answer.json()["error"]["code"] == "csrf_failed"


def test_a_corpus_of_others_and_none_at_all_are_answered_alike(world):
    outside = ("anonymous", "annotator elsewhere", "coordinator elsewhere")
    for row in OF_A_CORPUS:
        theirs = answers(world, row, outside)
        nobodys = answers(world, row, outside, slug="nothing-here")
        for role in outside:
            assert theirs[role].status_code == nobodys[role].status_code, (str(row), role)
            shown = theirs[role].content.replace(b"films", b"nothing-here")
            assert shown == nobodys[role].content, (str(row), role)


def test_what_is_in_another_corpus_is_not_reached_through_ones_own(world):
    for row in OF_A_CORPUS:
        if "<" in row.route.removeprefix(CORPUS):
            found = answers(world, row, INSIDE_OTHER, slug="other")
            statuses = {role: answer.status_code for role, answer in found.items()}
            # What no coordinator may do is refused before it is looked for.
            coordinator = 403 if row.statuses[2] == 403 else 404
            assert statuses == dict(zip(INSIDE_OTHER, (coordinator, 404), strict=True)), str(row)


def test_a_deactivated_person_is_nobody(world):
    for row in OF_A_CORPUS:
        for by_token in (False, True):
            with undone():
                client = world.client("coordinator", by_token=by_token)
                deactivate(user_id=world.people["coordinator"].pk)
                assert row.send(world, "coordinator", client).status_code == 401, str(row)
