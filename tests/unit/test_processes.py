"""What bin/up does: addresses, processes that are kept alive, and the real ones in short."""

import os
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from config import up
from config.embedded import server
from config.supervisor import Process
from jobs.models import WorkerSign
from jobs.tasks import sweep


def test_without_a_host_only_this_machine_is_served() -> None:
    address = up.asked_for([])
    assert (address.bind, address.url) == ("127.0.0.1", "http://localhost:8000")
    assert address.is_loopback


@pytest.mark.parametrize(
    ("arguments", "bind", "url", "loopback"),
    [
        (["--port", "8001"], "127.0.0.1", "http://localhost:8001", True),
        (["--host", "localhost"], "127.0.0.1", "http://localhost:8000", True),
        (["--host", "::1"], "::1", "http://localhost:8000", True),
        (["--host"], "0.0.0.0", "http://10.1.2.3:8000", False),
        (["--host", "0.0.0.0"], "0.0.0.0", "http://10.1.2.3:8000", False),
        (["--host", "192.0.2.7"], "192.0.2.7", "http://192.0.2.7:8000", False),
        (["--host", "fd00::7"], "fd00::7", "http://[fd00::7]:8000", False),
    ],
)
def test_addresses(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], bind: str, url: str, loopback: bool
) -> None:
    monkeypatch.setattr(up, "own_address", lambda: "10.1.2.3")
    address = up.asked_for(arguments)
    assert (address.bind, address.url, address.is_loopback) == (bind, url, loopback)


def test_a_port_that_is_taken_is_refused_with_another_to_choose() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(up.CannotStart, match=f"--port {port + 1}"):
            up.free(up.Address("127.0.0.1", "localhost", port))
    up.free(up.Address("127.0.0.1", "localhost", port))


@pytest.mark.parametrize("bind", ["127.0.0.1", "192.0.2.7"])
def test_the_demo_accounts_work_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, bind: str
) -> None:
    for name in ("PUBLIC_URL", "ALLOWED_HOSTS"):
        monkeypatch.setenv(name, "")  # to be restored afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("DEMO_ACCOUNTS", "true")
    up.configure(up.Address(bind, "lab.example.org", 8000))
    assert os.environ["DEMO_ACCOUNTS"] == ("true" if bind == "127.0.0.1" else "false")
    assert os.environ["PUBLIC_URL"] == "http://lab.example.org:8000"
    assert "lab.example.org" in os.environ["ALLOWED_HOSTS"].split(",")


def test_only_one_bin_up_runs_from_a_state_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    with up.alone(), pytest.raises(up.CannotStart, match="runs already"), up.alone():
        pass
    with up.alone():
        pass


def test_a_killed_process_is_started_again_and_what_it_left_is_ended(tmp_path: Path) -> None:
    program = "import os, time; os.fork(); print(os.getpid(), flush=True); time.sleep(60)"
    log = tmp_path / "log"
    process = Process("sleeper", [sys.executable, "-c", program], log)
    said: list[str] = []
    process.start()
    try:
        assert server.wait_until(lambda: len(log.read_text().split()) == 2, 10)
        first = [int(pid) for pid in log.read_text().split()]
        assert process.child is not None
        os.kill(process.child.pid, signal.SIGKILL)
        process.child.wait()

        def again() -> bool:
            process.watch(said.append)
            return len(log.read_text().split()) == 4

        assert server.wait_until(again, 10)
        assert said == ["sleeper ended (killed by SIGKILL); starting it again"]
        assert server.wait_until(lambda: all(ended(pid) for pid in first), 10)
    finally:
        process.stop()
    assert server.wait_until(lambda: all(map(ended, map(int, log.read_text().split()))), 10)


def ended(pid: int) -> bool:
    """Gone, or waiting for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_the_web_server_answers(site: str) -> None:
    with urllib.request.urlopen(f"{site}/api/session") as response:
        assert response.status == 200
        assert response.headers["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_what_the_broker_hands_it(worker: Process) -> None:
    sweep.delay()
    assert server.wait_until(WorkerSign.objects.exists, 20, every=0.1)
