"""kill -9 in the middle of a training: it goes on from the last finished fold, to the results that
it would have come to by itself."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import state
from tests.survival.session import PASSWORD, Session
from tests.survival.site import Running, Site, wait_until

CORPUS = "films"
ADDRESS = f"/api/corpora/{CORPUS}"
CLIPS = 60
GRID: dict[str, Any] = {
    "hidden_sizes": [16],
    "learning_rates": [0.001],
    "folds": 3,
    "runs": 5,
    "epochs": 400,
}
TRAININGS = 15
TAKEN_UP_WITHIN = 120.0  # s: what is stale after 30 s is swept up


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Concord with a corpus that made-up people have labeled."""
    site = Site()
    try:
        site.start()
        manifest = tmp_path_factory.mktemp("survival") / "clips.csv"
        with manifest.open("w", newline="") as file:
            rows = [[f"clip_{n:03}", f"This is what is said in clip {n}"] for n in range(CLIPS)]
            csv.writer(file).writerows([["name", "transcript"], *rows])
        site.manage("create_admin", "ada", "--password-stdin", given=f"{PASSWORD}\n")
        site.manage("create_corpus", CORPUS)
        site.manage("import_clips", CORPUS, manifest)
        site.manage("simulate", CORPUS)
        yield site
    finally:
        site.end()


@pytest.fixture
def ada(site: Site) -> Session:
    session = Session(site.url)
    session.log_in("ada")
    return session


def wait_for_job(site: Site, job: int) -> None:
    state_of = f"SELECT state, message FROM jobs_job WHERE id = {job}"

    def ended() -> bool:
        return site.rows(state_of)[0][0] not in ("queued", "running")

    wait_until(ended, "the job ends", TAKEN_UP_WITHIN)
    ((how, message),) = site.rows(state_of)
    assert how == "done", message


def extracted(site: Site, ada: Session) -> int:
    asked = {"name": "letters", "extractor": "character-ngrams"}
    made = ada.succeed("POST", f"{ADDRESS}/features", asked)
    wait_for_job(site, made["job"]["id"])
    return int(made["id"])


def started(ada: Session, features: int) -> dict[str, Any]:
    labeled = ada.succeed("GET", f"{ADDRESS}/training")["labeled"]["classes"]
    classes = [each["code"] for each in labeled if each["clips"] >= GRID["folds"]]
    asked = GRID | {"feature_sets": [features], "classes": classes}
    (run,) = ada.succeed("POST", f"{ADDRESS}/training", asked)
    return dict(run)


def finished(folder: Path) -> dict[str, int]:
    done = folder.glob("folds/*/result.json")
    return {path.parent.name: path.stat().st_mtime_ns for path in done}


def kill_when_finished(site: Site, folder: Path, count: int, victim: str) -> dict[str, int]:
    """kill -9 when so many trainings are done; those that are."""

    def far_enough() -> bool:
        return len(finished(folder)) >= count and bool(at_work(site))

    wait_until(far_enough, f"{count} trainings", TAKEN_UP_WITHIN)
    worker = site.training_worker()
    process = worker if victim == "worker" else site.children(worker, "celery")[0]
    pids = {each.pid for each in at_work(site)}
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not pids & {each.pid for each in at_work(site)}, "nobody trains on", 10)
    done = finished(folder)
    assert count <= len(done) < TRAININGS, "it was killed in the middle"
    return done


def at_work(site: Site) -> list[Running]:
    return [each for each in site.left() if "-m baseline train" in each.command]


def straight(folder: Path, into: Path) -> Any:
    """What the same training comes to that nobody interrupts."""
    spec = json.loads((folder / "spec.json").read_text())
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "baseline",
        "train",
        "--labels",
        folder / "labels.csv",
    ]
    command += ["--features", (folder / spec["features"]["lexical"]).resolve(), "--into", into]
    command += ["--classes", ",".join(spec["classes"]), "--hidden", "16", "--epochs", "600"]
    command += ["--learning-rates", "0.001", "--folds", "3", "--runs", "5"]
    subprocess.run(command, cwd=state.CHECKOUT, check=True, capture_output=True)
    return json.loads((into / "results.json").read_text())


def test_a_training_outlives_its_worker(site: Site, ada: Session, tmp_path: Path) -> None:
    run = started(ada, extracted(site, ada))
    ((corpus,),) = site.rows(f"SELECT id FROM collection_corpus WHERE slug = '{CORPUS}'")
    folder = site.home / "training" / str(corpus) / "runs" / str(run["id"])

    first = kill_when_finished(site, folder, 3, "its process")
    second = kill_when_finished(site, folder, len(first) + 2, "worker")
    wait_for_job(site, run["job"]["id"])

    kept = finished(folder)
    assert len(kept) == TRAININGS
    assert kept.items() >= second.items() >= first.items(), "nothing was trained again"
    results = json.loads((folder / "results.json").read_text())
    assert results == straight(folder, tmp_path / "straight")
    told = ada.succeed("GET", f"{ADDRESS}/training/{run['id']}")
    assert told["ready"] and told["model"]
    assert told["results"][0]["combined"] == results["grid"][0]["combined"]
