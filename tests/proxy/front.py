"""The proxy as docker/compose.yml runs it, and what people see of it from outside."""

import http.client
import os
import shutil
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from config import state
from config.embedded import server
from config.supervisor import Process
from tests import servers

NAME = "localhost"
PATIENCE = 60.0  # s; a slow machine is no failure


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    def __getitem__(self, name: str) -> str | None:
        """The header, which may be there once only."""
        values = self.headers.get_all(name) or []
        assert len(values) < 2, f"{name} is there {len(values)} times: {values}"
        return values[0] if values else None


@dataclass(frozen=True)
class Front:
    """A running proxy: its ports and the folder where it keeps its certificates."""

    http: int
    https: int
    data: Path

    @property
    def certificate(self) -> tuple[Path, Path]:
        """The certificate of the site and its key, made by the proxy itself."""
        folder = self.data / "caddy" / "certificates" / "local" / NAME
        return folder / f"{NAME}.crt", folder / f"{NAME}.key"

    def trust(self) -> ssl.SSLContext:
        root = self.data / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        return ssl.create_default_context(cafile=str(root))

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        trust: ssl.SSLContext | None = None,
        source: str = "127.0.0.1",
        **asked: Any,
    ) -> Answer:
        """What the site answers over TLS to the address `source`, one of this machine."""
        connection = http.client.HTTPSConnection(
            NAME,
            self.https,
            timeout=PATIENCE,
            context=trust or self.trust(),
            source_address=(source, 0),
        )
        return answer_of(connection, method, path, **asked)

    def speaks(self) -> bool:
        """Whether it has a certificate by now."""
        try:
            with socket.create_connection((NAME, self.https), PATIENCE) as plain:
                ssl._create_unverified_context().wrap_socket(plain, server_hostname=NAME).close()
        except OSError:
            return False
        return True

    def ask_plainly(self, path: str) -> Answer:
        """What the site answers without TLS."""
        connection = http.client.HTTPConnection(NAME, self.http, timeout=PATIENCE)
        return answer_of(connection, "GET", path)


def answer_of(
    connection: http.client.HTTPConnection, method: str, path: str, **asked: Any
) -> Answer:
    try:
        connection.request(method, path, **asked)
        response = connection.getresponse()
        return Answer(response.status, response.msg, response.read())
    finally:
        connection.close()


@contextmanager
def kept_ports(count: int) -> Iterator[list[int]]:
    """Ports that nobody else is given meanwhile. Who sets SO_REUSEADDR, as Caddy and Gate do, may
    listen there all the same: nobody else listens."""
    with ExitStack() as kept:
        sockets = [kept.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("", 0))  # without SO_REUSEADDR: a port that nobody has
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield [one.getsockname()[1] for one in sockets]


@contextmanager
def proxy(
    folder: Path, *, web: str, tls: str = "internal", published: Path, **variables: str
) -> Iterator[Front]:
    """Caddy with docker/Caddyfile in front of the web server at `web`."""
    with kept_ports(3) as (http_port, https_port, alive):
        front = Front(http_port, https_port, folder / "data")
        given = {"WEB": web, "TLS": tls, "PUBLISHED": str(published), **variables}
        with running(front, folder, f"http://127.0.0.1:{alive}", given):
            yield front


@contextmanager
def running(front: Front, folder: Path, alive: str, given: dict[str, str]) -> Iterator[None]:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.fail("The tests of the proxy need Caddy on PATH. On Debian: apt install caddy")
    environment = os.environ | {
        "SITE_ADDRESS": NAME,
        "HTTP_PORT": str(front.http),
        "HTTPS_PORT": str(front.https),
        "PROXY_HEALTH_PORT": alive.rpartition(":")[2],
        "MEDIA": str(settings.MEDIA_ROOT),
        "TRAINING": str(settings.TRAINING_ROOT),
        "XDG_DATA_HOME": str(front.data),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "BUFFERED": "",  # Debian's Caddy does not know it yet
        **given,
    }
    caddyfile = state.CHECKOUT / "docker" / "Caddyfile"
    command = [caddy, "run", "--config", str(caddyfile), "--adapter", "caddyfile"]
    process = Process("proxy", command, folder / "proxy.log", environment=environment)
    with servers.running(process):
        if not server.wait_until(lambda: servers.answers(alive) and front.speaks(), PATIENCE):
            raise AssertionError(f"the proxy does not answer:\n{server.tail(process.log)}")
        yield


class Gate(socketserver.ThreadingTCPServer):
    """A web server's address that comes and goes: what gets through reaches the one `behind`.

    The first `dropped` requests are read and left without an answer.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, *, behind: int, dropped: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Passage)
        self.behind, self.dropped = behind, dropped
        self.seen: list[bytes] = []  # the first bytes of each connection
        self.passing: list[socket.socket] = []
        self.lock = threading.Lock()

    @contextmanager
    def open(self) -> Iterator["Gate"]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()
            for connection in self.passing:  # which would be used again
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Passage(socketserver.BaseRequestHandler):
    server: Gate

    def handle(self) -> None:
        began = self.request.recv(65536)
        with self.server.lock:
            self.server.seen.append(began)
            if len(self.server.seen) <= self.server.dropped:
                return
        with socket.create_connection(("127.0.0.1", self.server.behind)) as behind:
            self.server.passing += [self.request, behind]
            behind.sendall(began)
            back = threading.Thread(target=pour, args=(behind, self.request))
            back.start()
            pour(self.request, behind)
            back.join()


def pour(source: socket.socket, target: socket.socket) -> None:
    """Everything from one to the other, until either ends."""
    try:
        while content := source.recv(65536):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
