"""Whether a process works, as an exit status: what a container's health check asks.

    python -m config.health web|worker|training|beat

No settings are read and nothing is connected to: this runs every few seconds.
"""

import argparse
import http.client
import socket
import sys
import tempfile
import time
from pathlib import Path

from config.environment import env

PATH = "/api/health"
PATIENCE = 8  # s; the answer itself waits 2 s for the database
STALE = 60  # s; workers give a sign every 2 s, beat every 10 s


def main() -> None:
    parser = argparse.ArgumentParser(prog="config.health", description=(__doc__ or "").strip())
    parser.add_argument("process", choices=["web", "worker", "training", "beat"])
    process = parser.parse_args().process
    fault = of_web() if process == "web" else of_celery(process)
    if fault:
        sys.exit(f"{process}: {fault}")


def of_web() -> str:
    """What is wrong with the web server of this machine; nothing if it is well."""
    port = env.int("PORT", default=8000)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", PATH, headers={"Host": allowed_host()})
        answer = connection.getresponse()
        said = answer.read(1000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from port {port} ({error})."
    return "" if answer.status == 200 else f"{PATH} answers {answer.status}: {said}"


def allowed_host() -> str:
    """A name that the web server answers to."""
    hosts = env.list("ALLOWED_HOSTS", default=["localhost"])
    return str(hosts[0]).removeprefix(".") if hosts[0] != "*" else "localhost"


def of_celery(process: str) -> str:
    """What is wrong with a worker or beat of this machine; nothing if it is well."""
    file = sign_of_life(process)
    try:
        age = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return f"it has not touched {file} yet. Is it started by config.serve?"
    return "" if age < STALE else f"it has last touched {file} {age:.0f} s ago."


def sign_of_life(process: str) -> Path:
    """The file that the process touches for as long as it and the broker work.

    The machine's name is part of its name, since containers may have one temporary folder.
    """
    name = f"concord-{process}@{socket.gethostname()}-is-alive"
    return Path(env.str("SIGN_OF_LIFE") or Path(tempfile.gettempdir(), name))


if __name__ == "__main__":
    main()
