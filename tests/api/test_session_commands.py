"""What site administrators do about people on the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.api.conftest import PASSWORD

NEW = "another long secret"


def test_the_first_administrator_and_a_new_password(open_browser, db, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO(PASSWORD + "\n"))
    call_command("create_admin", "root", password_stdin=True, stdout=StringIO())
    session = open_browser().log_in("root").json()
    assert session["user"]["is_site_administrator"]

    monkeypatch.setattr("sys.stdin", StringIO(NEW + "\n"))
    call_command("set_password", "ROOT", password_stdin=True, stdout=StringIO())
    assert open_browser().log_in("root", NEW).status_code == 200


def test_a_weak_password_is_refused(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("root\n"))
    with pytest.raises(CommandError, match="password: The password is too similar"):
        call_command("create_admin", "root", password_stdin=True)


@pytest.mark.parametrize("password", ["long enough\udcff secret", "long enough\x00 secret"])
def test_a_password_that_nobody_can_type_is_refused(db, monkeypatch, password):
    monkeypatch.setattr("sys.stdin", StringIO(password + "\n"))
    with pytest.raises(CommandError, match="cannot be typed"):
        call_command("create_admin", "root", password_stdin=True)


def test_a_prompt_asks_twice(open_browser, db, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    said = iter([PASSWORD, NEW, PASSWORD, PASSWORD])
    monkeypatch.setattr("accounts.prompts.getpass", lambda prompt: next(said))
    with pytest.raises(CommandError, match="differ"):
        call_command("create_admin", "root")
    call_command("create_admin", "root", stdout=StringIO())
    assert open_browser().log_in("root").status_code == 200


def test_a_reset_link(open_browser, person, settings):
    settings.PUBLIC_URL = "https://lab.example"
    person("anna")
    out = StringIO()
    call_command("reset_link", "anna", stdout=out, stderr=StringIO())
    address, _, query = out.getvalue().strip().partition("?")
    assert address == "https://lab.example/reset"
    fields = dict(part.split("=") for part in query.split("&")) | {"new_password": NEW}
    assert open_browser().post("/api/password-reset", fields).status_code == 200


def test_a_member(person, corpus):
    anna = person("anna")
    call_command("add_member", "films", "anna", "coordinator", stdout=StringIO())
    assert anna.role_in(corpus) == "coordinator"
    with pytest.raises(CommandError, match="already coordinator of films"):
        call_command("add_member", "films", "anna", "annotator")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ["add_member", "nope", "anna", "annotator"],
            'no corpus "nope". The corpora are: films',
        ),
        (
            ["add_member", "films", "nobody", "annotator"],
            'no person with the username "nobody"',
        ),
        (["add_member", "films", "anna", "boss"], "invalid choice: 'boss'"),
        (["reset_link", "nobody"], 'no person with the username "nobody"'),
    ],
)
def test_what_is_not_there_is_named(person, corpus, command, message):
    person("anna")
    with pytest.raises(CommandError, match=message):
        call_command(*command)
