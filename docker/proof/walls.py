"""What must not be possible: nobody gets in beside the proxy, nobody inside can change a program,
and no secret lies where it can be read."""

import http.client
import socket

import psycopg

from docker.proof.points import Fault, Points
from docker.proof.site import Site, run

OURS = ("web", "worker", "training", "beat")
ALL = (*OURS, "db", "broker", "proxy")
PROXY = 1 << 10 | 1 << 1  # the bits of CAP_NET_BIND_SERVICE and CAP_DAC_OVERRIDE
TOOLS = ("gcc", "cc", "g++", "make", "node", "npm", "git")


def look(site: Site, points: Points) -> None:
    """Users, file systems, capabilities, secrets, doors."""
    for service in ALL:
        confined(site, points, service)
    for service in ("web", "worker"):
        tools = [name for name in TOOLS if has(site, service, name)]
        points.hold(f"{service} has no build tools", not tools, ", ".join(tools))
    torch = fails(site, "web", "python", "-c", "import torch")
    points.hold("web has no torch", torch, "")
    unseen(site, points)
    doors(site, points)


def confined(site: Site, points: Points, service: str) -> None:
    """Not root, without capabilities, on a file system that nobody can write to."""
    status = run(["podman", "exec", site.container(service), "cat", "/proc/1/status"])
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    user, caps = lines["Uid"].split()[0], int(lines["CapEff"], 16)
    # Caddy's image has no user of its own; its root may do two things.
    harmless = caps & ~PROXY == 0 if service == "proxy" else user != "0" and caps == 0
    shut = fails(site, service, "sh", "-c", "touch /written || touch /usr/written")
    points.hold(
        f"{service} is confined",
        harmless and shut and lines["NoNewPrivs"].strip() == "1",
        f"user {user}, capabilities {caps:#x}, no new privileges, read-only",
    )


def has(site: Site, service: str, name: str) -> bool:
    return not fails(site, service, "sh", "-c", f"command -v {name}")


def fails(site: Site, service: str, *command: str) -> bool:
    try:
        site.within(service, *command)
    except Fault:
        return True
    return False


def unseen(site: Site, points: Points) -> None:
    """No secret is in what podman tells of containers, images and their histories, or in a log."""
    files = [file for file in (site.docker / "secrets").iterdir() if file.is_file()]
    secrets = {file.name: file.read_text().strip() for file in files}
    told = ""
    for service in ALL:
        name = site.container(service)
        image = str(site.inspected(service)["Image"])
        told += run(["podman", "inspect", name]) + run(["podman", "image", "inspect", image])
        told += run(["podman", "history", "--no-trunc", image])
        told += run(["podman", "logs", name])
    found = [name for name, secret in secrets.items() if secret in told]
    points.hold("no secret can be read from outside", not found, ", ".join(found or secrets))


def doors(site: Site, points: Points) -> None:
    """The database and the broker want their passwords, http leads to https; and where there is a
    network of containers, the proxy's ports alone are open."""
    settings = site.settings
    address = f"postgresql://concord@127.0.0.1:{settings['DATABASE_PORT']}/concord"
    try:
        psycopg.connect(address, connect_timeout=5).close()
        refusal = ""
    except psycopg.OperationalError as error:
        refusal = str(error).strip().splitlines()[-1]
    points.hold("PostgreSQL wants a password", "no password supplied" in refusal, refusal)
    with socket.create_connection(("127.0.0.1", int(settings["BROKER_PORT"])), 5) as door:
        door.sendall(b"KEYS *\r\n")
        said = door.recv(200).decode().strip()
    points.hold("Valkey wants a password", said.startswith("-NOAUTH"), said)
    plain = http.client.HTTPConnection("localhost", int(settings["HTTP_PORT"]), timeout=10)
    plain.request("GET", "/login")
    answer = plain.getresponse()
    to = answer.getheader("Location") or ""
    points.hold("http leads to https", to.startswith("https://"), f"{answer.status} {to}")
    config = site.compose("config", COMPOSE_FILE="compose.yml")
    published = config.count("ports:")
    points.hold("compose.yml publishes the proxy's ports only", published == 1, published)
