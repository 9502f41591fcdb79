"""Loaded before the settings are read: a state folder, PostgreSQL and Valkey for one run of tests.

The same servers as in use, except that PostgreSQL does not wait for the disk. Nothing of the
developer's own environment or state is touched.
"""

import atexit
import dataclasses
import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

from config import state
from config.embedded import postgres, valkey

CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
CARELESS["max_connections"] = "500"  # all of pytest-xdist's processes share it
CARELESS["autovacuum"] = "off"  # a test takes as long as it takes, whatever else runs meanwhile


def start() -> None:
    """Servers for this run; the variables that say where they are."""
    example = (state.CHECKOUT / ".env.example").read_text()
    for name in re.findall(r"^#? ?([A-Z0-9_]+)=", example, re.MULTILINE):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers are stopped
    home = Path(tempfile.mkdtemp(prefix="concord-tests-"))
    home.chmod(0o711)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["CONCORD_HOME"] = str(home)
    atexit.register(shutil.rmtree, state.sockets(), ignore_errors=True)
    for server in (dataclasses.replace(postgres.embedded(), settings=CARELESS), valkey.embedded()):
        atexit.register(server.stop)
        server.start()
    state.made(home / "static")  # WhiteNoise misses it otherwise
    os.environ["DATABASE_URL"] = state.database_url()
    os.environ["BROKER_URL"] = state.broker_url()


if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # The servers are up. Every process has a database of its own, so the same ids as the others:
    # it needs a queue and folders of its own, too.
    os.environ["BROKER_URL"] += f"?virtual_host={int(worker.removeprefix('gw')) + 1}"
    os.environ["MEDIA_ROOT"] = f"{os.environ['CONCORD_HOME']}/media-{worker}"
    os.environ["TRAINING_ROOT"] = f"{os.environ['CONCORD_HOME']}/training-{worker}"
else:
    start()
