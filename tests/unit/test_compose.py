"""docker/'s compose files, and its commands as far as they go without an engine."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.environment import CHECKOUT

DOCKER = CHECKOUT / "docker"
FILES = sorted(path.name for path in DOCKER.glob("compose*.yml"))
SECRETS = ("secret_key", "database_password", "broker_password")
Ran = subprocess.CompletedProcess[str]


def read(name: str) -> Any:
    return yaml.safe_load((DOCKER / name).read_text())


def services() -> dict[str, Any]:
    return dict(read("compose.yml")["services"])


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]
    networks = read("compose.yml")["networks"]
    inside = [name for name in networks if (networks[name] or {}).get("internal")]
    for name in ("db", "broker"):
        assert services()[name]["networks"] == inside


@pytest.mark.parametrize("file", ["compose.yml", "compose.worker.yml"])
def test_no_service_may_more_than_it_needs(file: str) -> None:
    for name, service in read(file)["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert service.get("cap_add") is None or name == "proxy"
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name


def test_nothing_serves_before_the_database_is_prepared() -> None:
    for name in ("web", "worker", "training", "beat"):
        waits = services()[name]["depends_on"]
        assert waits["prepare"] == {"condition": "service_completed_successfully"}, name
    assert services()["prepare"]["depends_on"] == {"db": {"condition": "service_healthy"}}


def test_the_proxy_answers_whatever_the_others_do() -> None:
    assert "depends_on" not in services()["proxy"]


@pytest.mark.parametrize("file", ["compose.yml", "compose.worker.yml"])
def test_each_image_is_built_once_and_by_no_other_name_taken_from_a_registry(file: str) -> None:
    """Built by two at once, as Compose does, one of them fails."""
    ours = [
        service
        for service in read(file)["services"].values()
        if service["image"].startswith("localhost/")
    ]
    built = [service["image"] for service in ours if "build" in service]
    assert sorted(built) == sorted({service["image"] for service in ours})
    for service in ours:
        assert ("build" in service) != (service.get("pull_policy") == "never")


def test_what_a_lab_sets_is_not_overridden_unless_the_example_says_so() -> None:
    """`environment` wins over `env_file`, which is where a lab's settings are."""
    explained = (DOCKER / "env.example").read_text().split("SITE_ADDRESS")[0]
    for name, service in services().items():
        if "env_file" not in service:
            continue
        for variable, value in service["environment"].items():
            if not variable.endswith("_FILE") and not str(value).startswith(f"${{{variable}:-"):
                assert variable in explained, f"{name}: {variable}"


@pytest.mark.parametrize("file", FILES)
def test_secrets_are_files_and_have_no_default(file: str) -> None:
    for name, secret in (read(file).get("secrets") or {}).items():
        assert secret == {"file": "${SECRETS:-./secrets}/" + name}
    for service in read(file).get("services", {}).values():
        variables = service.get("environment", {})
        assert [name for name in variables if re.search("(PASSWORD|SECRET|KEY)$", name)] == []


def test_workers_do_not_know_the_secret_that_signs_sessions() -> None:
    known = {name: service.get("secrets", []) for name, service in services().items()}
    assert [name for name, secrets in known.items() if "secret_key" in secrets] == ["web"]


def test_whatever_a_lab_may_set_is_in_the_example() -> None:
    """Where .env itself, the secrets and certificates lie is set for trials only, as is the name
    that all containers and volumes begin with."""
    ours = {"SECRETS", "ENV_FILE", "CERTIFICATES", "COMPOSE_PROJECT_NAME"}
    asked = {
        name
        for file in FILES
        for name in re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", (DOCKER / file).read_text())
    }
    explained = (DOCKER / "env.example").read_text() + (DOCKER / "compose.worker.yml").read_text()
    assert asked - ours <= set(re.findall(r"\b([A-Z0-9_]+)=", explained))


def run(name: str, *arguments: str | Path, docker: Path = DOCKER, **variables: str) -> Ran:
    command = [str(docker / name), *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, timeout=180
    )


def test_secrets_are_made_once_and_only_their_owner_gets_at_them(tmp_path: Path) -> None:
    folder = tmp_path / "a lab's secrets"
    assert run("make-secrets", SECRETS=str(folder)).returncode == 0
    made = {name: (folder / name).read_text() for name in SECRETS}
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in made.values())
    assert len(set(made.values())) == len(SECRETS)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in SECRETS} == {0o444}

    (folder / "secret_key").unlink()  # and the others are not made anew for one
    again = run("make-secrets", SECRETS=str(folder))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert {path.name for path in folder.iterdir()} == set(SECRETS) - {"secret_key"}
    assert (folder / "database_password").read_text() == made["database_password"]


@pytest.fixture
def engine(tmp_path: Path) -> Callable[[str], str]:
    """What is called in place of compose: says what it was asked, then does as it is told."""
    path = tmp_path / "engine"

    def told(to_do: str) -> str:
        path.write_text(f'#!/bin/sh\necho "$*" >>"{tmp_path}/asked"\n{to_do}\n')
        path.chmod(0o755)
        return str(path)

    return told


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "a backup"
    folder.mkdir()
    contents = {
        "database.dump": "y" * 2000,
        "manifest": "made=2026-01-05T12:00:00Z\nconcord=1\npostgresql=18\nbucket=-\n"
        "database_bytes=1000\n",
        "migrations": "accounts.0001_initial\n",
    }
    for name, text in contents.items():
        (folder / name).write_text(text)
    with tarfile.open(folder / "data.tar", "w") as archive:
        archive.add(folder / "manifest", "media/clip.mp4")
    sign(folder)
    return folder


def sign(folder: Path) -> None:
    names = ("data.tar", "database.dump", "manifest", "migrations")
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names]
    lines = [f"{digest}  {name}\n" for digest, name in zip(digests, names, strict=True)]
    (folder / "SHA256SUMS").write_text("".join(lines))


def damage(folder: Path) -> None:
    archive = folder / "data.tar"
    archive.write_bytes(archive.read_bytes()[:-1] + b"z")


def cut_short(folder: Path) -> None:
    (folder / "database.dump").write_text("y" * 1000)


def leave_out(folder: Path) -> None:
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(sums.read_text().splitlines(keepends=True)[1:]))


def forget_the_version(folder: Path) -> None:
    (folder / "manifest").write_text("made=2026-01-05T12:00:00Z\n")
    sign(folder)


@pytest.mark.parametrize("break_it", [damage, cut_short, leave_out, forget_the_version])
def test_a_broken_backup_is_refused_before_anything_is_asked_for(
    backup: Path, engine: Callable[[str], str], break_it: Callable[[Path], None]
) -> None:
    break_it(backup)
    refused = run("restore", backup, "--yes", COMPOSE=engine("exit 0"))
    assert refused.returncode == 1
    assert refused.stderr.startswith("restore: ") or "FAILED" in refused.stderr
    assert not (backup.parent / "asked").exists()


def test_a_backup_of_a_newer_postgresql_is_refused_before_anything_is_touched(
    backup: Path, engine: Callable[[str], str]
) -> None:
    older = engine('case "$*" in *--version*) echo "pg_restore (PostgreSQL) 17.4 (Debian)" ;; esac')
    refused = run("restore", backup, "--yes", COMPOSE=older)
    assert refused.returncode == 1
    assert "PostgreSQL 17" in refused.stderr and "POSTGRES_IMAGE" in refused.stderr
    assert "stop" not in (backup.parent / "asked").read_text()


def site(*, room: int = 10**9, files: int = 10**9, bucket: str = "-") -> str:
    """What the containers of a site say of themselves: bytes free, and where its clips are."""
    database = f"pg_restore (PostgreSQL) 18.6\n/dev/vda 9 9 {room // 1024} 9% /"
    worker = f"{files}\n{bucket}\naccounts.0001_initial"
    return f"case \"$*\" in *--version*) echo '{database}' ;; *python*) echo '{worker}' ;; esac"


def test_who_does_not_say_yes_changes_nothing(backup: Path, engine: Callable[[str], str]) -> None:
    refused = run("restore", backup, COMPOSE=engine(site()))
    assert refused.returncode == 1
    assert "nothing was changed" in refused.stderr
    assert "stop" not in (backup.parent / "asked").read_text()


@pytest.mark.parametrize(
    ("site", "why"),
    [
        (site(room=0), "the database's volume has 0 MB of room"),
        (site(files=0), "/data has 0 MB of room"),
        (site(bucket="clips"), "MEDIA_BUCKET is clips"),
    ],
)
def test_what_cannot_be_restored_here_is_refused_before_anything_is_touched(
    backup: Path, engine: Callable[[str], str], site: str, why: str
) -> None:
    refused = run("restore", backup, "--yes", COMPOSE=engine(site))
    assert refused.returncode == 1
    assert why in refused.stderr
    assert "stop" not in (backup.parent / "asked").read_text()


def test_a_backup_that_fails_leaves_nothing_and_none_is_written_over(
    tmp_path: Path, backup: Path, engine: Callable[[str], str]
) -> None:
    before = {path.name: path.read_bytes() for path in backup.iterdir()}
    assert run("backup", backup, COMPOSE=engine("exit 0")).returncode == 1
    assert {path.name: path.read_bytes() for path in backup.iterdir()} == before
    shutil.rmtree(backup)

    failing = engine('case "$*" in *pg_dump*) echo half; exit 1 ;; esac')
    assert run("backup", tmp_path / "new", COMPOSE=failing).returncode == 1
    assert "pg_dump" in (tmp_path / "asked").read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("new")] == []


def test_an_upgrade_prepares_the_database_before_anything_is_replaced(
    tmp_path: Path, engine: Callable[[str], str]
) -> None:
    done = run("upgrade", COMPOSE=engine("exit 0"))
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    (built,) = [number for number, line in enumerate(asked) if line.startswith("build")]
    (prepared,) = [number for number, line in enumerate(asked) if line.endswith("-T prepare")]
    replaced = [number for number, line in enumerate(asked) if line.startswith("up ")]
    assert built < prepared < min(replaced)

    (tmp_path / "asked").unlink()
    failing = engine('case "$*" in *prepare) echo "no room" >&2; exit 1 ;; esac')
    failed = run("upgrade", "--built", COMPOSE=failing)
    assert failed.returncode == 1
    assert "what ran before still runs" in failed.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line for line in asked if re.match("(pull|build|up|stop|restart) ", line)] == []
