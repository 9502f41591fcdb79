"""An installation made for the proof alone: a copy of the checkout, its settings and secrets, its
containers, volumes and ports; all of it can be thrown away."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docker.proof.labelers import Notebook
from docker.proof.points import Fault, wait_until

CHECKOUT = Path(__file__).parents[2]
STANDINS = {
    "BASE": "localhost/python:3.11-slim",
    "POSTGRES_IMAGE": "localhost/postgres:18",
    "BROKER_IMAGE": "localhost/valkey:9",
    "PROXY_IMAGE": "localhost/caddy:2",
}
PORTS = ("HTTPS_PORT", "HTTP_PORT", "WEB_PORT", "DATABASE_PORT", "BROKER_PORT", "PROXY_HEALTH_PORT")
FILES = "compose.yml:standins/compose.hostnet.yml"
LAST_WORDS = 3000  # characters of a failed command's output


class Site:
    """What is in `folder` outlives a run of the proof, if that is asked for."""

    def __init__(self, folder: Path, pictures: Path) -> None:
        self.folder, self.pictures = folder, pictures
        self.docker = folder / "concord" / "docker"
        self.backup = folder / "backup"
        self.authority = folder / "authority.crt"
        self.project = f"concord-proof-{folder.name.rpartition('-')[2]}"
        if not self.docker.exists():
            copy_checkout(folder / "concord")
            self.write_settings(dict.fromkeys(PORTS))
        self.settings = read_settings(self.docker / ".env")

    def write_settings(self, ports: dict[str, Any]) -> None:
        """docker/.env, as a lab writes it, with ports that are free."""
        with free_ports(len(ports)) as free:
            ports.update(zip(ports, free, strict=True))
        settings = {
            "SITE_ADDRESS": "localhost",
            "TLS": "internal",
            "PUBLIC_URL": f"https://localhost:{ports['HTTPS_PORT']}",
            "LOGIN_RATE": "1000/min",  # everybody comes from one address here
            "VERSION": self.version(1),
            **ports,
            **STANDINS,
        }
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        (self.docker / ".env").write_text("".join(lines))

    def version(self, number: int) -> str:
        return f"{self.project}-{number}"

    def upgrade_to(self, version: str) -> None:
        """What a lab changes in .env."""
        path = self.docker / ".env"
        lines = path.read_text().splitlines(keepends=True)
        lines = [f"VERSION={version}\n" if x.startswith("VERSION=") else x for x in lines]
        path.write_text("".join(lines))
        self.settings = read_settings(path)

    @property
    def url(self) -> str:
        return self.settings["PUBLIC_URL"]

    def notebook(self, slug: str) -> Notebook:
        return Notebook(self.folder / f"acknowledged-{slug}.csv")

    @property
    def environment(self) -> dict[str, str]:
        """As it is set by somebody who has no Docker."""
        own = {"COMPOSE_FILE": FILES, "COMPOSE_PROJECT_NAME": self.project}
        own["COMPOSE"] = os.environ.get("COMPOSE", "podman-compose --in-pod=0")
        return {**os.environ, **own, "VERSION": self.settings["VERSION"]}

    def script(self, name: str, *arguments: str | Path, **variables: str) -> str:
        """One of docker/'s commands."""
        command = [str(self.docker / name), *map(str, arguments)]
        return run(command, environment={**self.environment, **variables}, where=self.folder)

    def compose(self, *arguments: str, **variables: str) -> str:
        environment = {**self.environment, **variables}
        command = [*shlex.split(environment["COMPOSE"]), *arguments]
        return run(command, environment=environment, where=self.docker)

    def manage(self, *arguments: str, given: str = "") -> str:
        """One of manage.py's commands, in the web server's container."""
        return self.within("web", "python", "manage.py", *arguments, given=given)

    def within(self, service: str, *command: str, given: str = "") -> str:
        name = self.container(service)
        return run(["podman", "exec", "-i", name, *command], given=given)

    def container(self, service: str) -> str:
        """The name of the service's container."""
        return str(self.inspected(service)["Name"])

    def inspected(self, service: str) -> dict[str, Any]:
        found = run(["podman", "ps", "-aq", *self.filters(service)]).split()
        if len(found) != 1:
            raise Fault(f"{service} has {len(found)} containers")
        told: dict[str, Any] = json.loads(run(["podman", "inspect", found[0]]))[0]
        return told

    def services(self) -> list[str]:
        """Those that run."""
        label = '{{index .Labels "com.docker.compose.service"}}'
        return sorted(run(["podman", "ps", "--format", label, *self.filters()]).split())

    def filters(self, service: str = "") -> list[str]:
        labels = {"project": self.project} | ({"service": service} if service else {})
        return [f"--filter=label=com.docker.compose.{name}={of}" for name, of in labels.items()]

    def kill(self, *services: str) -> None:
        """kill -9 of their first processes, from outside; returns when all are started again."""
        killed = {service: self.inspected(service)["State"]["Pid"] for service in services}
        for pid in killed.values():
            os.kill(pid, signal.SIGKILL)

        def are_back() -> bool:
            states = {service: self.inspected(service)["State"] for service in services}
            pids = {name: state["Pid"] for name, state in states.items() if state["Running"]}
            return all(pids.get(name, 0) not in (0, pid) for name, pid in killed.items())

        wait_until(are_back, f"{' and '.join(services)} is started again", 60)

    def restart(self, service: str) -> None:
        before = self.inspected(service)["State"]["Pid"]
        self.compose("restart", service)
        if self.inspected(service)["State"]["Pid"] in (0, before):
            raise Fault(f"{service} was not restarted")

    def recreate(self, *services: str) -> None:
        """New containers of the same images. Without the word that they depend on others: podman
        does not start again what depends on a container that has done its work, as `prepare`."""
        before = [self.inspected(service)["Id"] for service in services]
        self.compose("up", "-d", "--no-build", "--no-deps", "--force-recreate", *services)
        for service, old in zip(services, before, strict=True):
            if self.inspected(service)["Id"] == old:
                raise Fault(f"{service} was not replaced")
            wait_until(lambda: self.healthy(service), f"{service} is healthy", 90)  # noqa: B023

    def healthy(self, service: str) -> bool:
        """podman asks by itself only where systemd runs."""
        command = ["podman", "healthcheck", "run", self.container(service)]
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0

    def trust(self) -> None:
        """The certificate with which the proxy has signed its own."""
        path = "/data/caddy/pki/authorities/local/root.crt"
        self.authority.write_text(self.within("proxy", "cat", path))

    def keep_logs(self) -> None:
        """Beside the pictures, so that a failure can be understood when all else is gone."""
        for name in self.left("ps", "-a"):
            told = subprocess.run(["podman", "logs", name], capture_output=True, text=True)
            (self.pictures / f"{name}.log").write_text(told.stdout + told.stderr)

    def destroy(self) -> list[str]:
        """Containers and volumes; the names of those that are still there."""
        self.compose("down", "--volumes", "--timeout", "10")
        for name in self.left("ps", "-a"):  # what a broken off command has left
            run(["podman", "rm", "--force", name])
        for name in self.left("volume", "ls"):
            run(["podman", "volume", "rm", name])
        return [*self.left("ps", "-a"), *self.left("volume", "ls")]

    def left(self, *command: str) -> list[str]:
        """The names of the containers or volumes that podman lists."""
        shown = "{{.Names}}" if command[0] == "ps" else "{{.Name}}"
        of_ours = f"--filter=name=^{self.project}_"
        return run(["podman", *command, of_ours, f"--format={shown}"]).split()

    def leave(self) -> None:
        """Forget all of it: containers, volumes, images, files."""
        self.destroy()
        for name in run(["podman", "images", "--format", "{{.Repository}}:{{.Tag}}"]).split():
            if name.rpartition(":")[2] in (self.version(1), self.version(2)):
                run(["podman", "rmi", name])
        shutil.rmtree(self.folder)


def copy_checkout(to: Path) -> None:
    """What a fresh clone would hold, with what is not committed yet."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in run(command, where=CHECKOUT).split("\0"):
        if name and (CHECKOUT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, to / name)


def read_settings(path: Path) -> dict[str, str]:
    lines = [line.partition("=") for line in path.read_text().splitlines()]
    return {name: value for name, _, value in lines}


@contextmanager
def free_ports(count: int) -> Iterator[list[int]]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        yield [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def run(
    command: list[str],
    *,
    environment: dict[str, str] | None = None,
    where: Path | None = None,
    given: str = "",
) -> str:
    """What the command prints; a Fault with its last words if it fails.

    Ctrl-C does not reach it, lest it breaks off the cleaning; when the proof itself ends, it does.
    """
    began = time.monotonic()
    with subprocess.Popen(
        command,
        env=environment,
        cwd=where,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            said, complained = child.communicate(given)
        except BaseException:
            os.killpg(child.pid, signal.SIGTERM)
            raise
    if child.returncode != 0:
        last = (said + complained)[-LAST_WORDS:]
        seconds = time.monotonic() - began
        raise Fault(
            f"{shlex.join(command)} ended with {child.returncode} after {seconds:.0f} s:\n{last}"
        )
    return said
