"""What must not be forgotten about settings, addresses and headers."""

import ast
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from config import middleware, pages, state

READERS = {"get", "setdefault", "str", "bool", "int", "list", "getenv"}
OWN = ("config", "jobs", "collection", "accounts", "annotation", "training", "selection")


def variables_read(file: Path) -> set[str]:
    """Names in capitals that a file reads from the environment."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of = ast.unparse(node.func.value)
            name = node.args[0]
            if of in ("env", "os.environ") and node.func.attr in READERS:
                assert isinstance(name, ast.Constant)
                found.add(str(name.value))
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            assert isinstance(node.slice, ast.Constant)
            found.add(str(node.slice.value))
    return found


def test_every_variable_that_is_read_is_explained_in_the_example() -> None:
    files = [file for app in OWN for file in (state.CHECKOUT / app).rglob("*.py")]
    read = set().union(*(variables_read(file) for file in files)) - {"DJANGO_SETTINGS_MODULE"}
    example = (state.CHECKOUT / ".env.example").read_text()
    assert set(re.findall(r"^# ([A-Z0-9_]+)=", example, re.MULTILINE)) == read


def test_a_web_process_never_imports_torch() -> None:
    program = "import config.wsgi, config.urls, sys; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=state.CHECKOUT)
    assert done.returncode == 0


@pytest.mark.django_db
def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def checked_for_deployment(tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What Django says of the settings of docker/compose.yml; warnings of Python are errors."""
    (tmp_path / "secret_key").write_text(secrets.token_urlsafe(50) + "\n")
    given = {
        "SECRET_KEY_FILE": str(tmp_path / "secret_key"),
        "ALLOWED_HOSTS": "concord.example.org",
        "PUBLIC_URL": "https://concord.example.org",
        "NUM_PROXIES": "1",
        "DATABASE_URL": "postgresql://concord@db.example.org/concord",
        "BROKER_URL": "redis://broker.example.org/0",
    }
    check = ["check", "--deploy", "--fail-level=WARNING"]
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", *check],
        cwd=state.CHECKOUT,
        env=given | {"DJANGO_SETTINGS_MODULE": "config.settings"} | more,
        capture_output=True,
        text=True,
    )


def test_the_settings_of_production_are_safe_to_deploy(tmp_path: Path) -> None:
    done = checked_for_deployment(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_what_a_lab_turns_off_is_still_told(tmp_path: Path) -> None:
    off = {"HSTS_SUBDOMAINS": "false", "HSTS_PRELOAD": "false", "PUBLIC_URL": "https://lab.org"}
    done = checked_for_deployment(tmp_path, **off)
    assert set(re.findall(r"security\.W\d+", done.stderr)) == {"security.W005", "security.W021"}


def test_the_policy_allows_our_own_files_and_the_page_s_inline_scripts_only() -> None:
    page = '<script>alert("a")</script><script src="/x.js"></script><script type="x">b</script>'
    assert len(middleware.script_hashes(page)) == 2
    assert middleware.script_hashes("<script></script>") == [
        "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    ]
    policy = middleware.policy()
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_every_answer_carries_the_headers(client: Client) -> None:
    for path in ("/", "/api/nothing"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


def test_the_page_answers_every_address_that_is_nobody_else_s(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>the page")
    monkeypatch.setattr(settings, "FRONTEND_ROOT", tmp_path)
    pages.index.cache_clear()
    try:
        for path in ("/", "/c/films/label", "/join/abc", "/c/films/clips/sample_1.2"):
            assert client.get(path).content == b"<!doctype html>the page"
        for path in ("/_app/immutable/gone.js", "/static/gone.css", "/api/gone", "/gone.js"):
            assert client.get(path).status_code == 404
        assert client.post("/").status_code == 405
    finally:
        pages.index.cache_clear()
