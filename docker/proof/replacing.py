"""Sixteen people label while everything under them is replaced, restarted and killed."""

import time
from collections.abc import Callable

from docker.proof import corpora, kept
from docker.proof.points import Points, wait_until
from docker.proof.site import Site

ARRIVING, FILMS = "arriving", 30
STEADY = 10  # s of labeling with nothing else going on


def replace(site: Site, points: Points) -> None:
    """What people see of it while they label; then, whether each vote of theirs is there."""
    began = time.monotonic()
    site.script("build-here", "web", "worker", VERSION=site.version(2))
    points.figure("the next version is built", f"{time.monotonic() - began:.0f} s")
    crowd = corpora.crowd(site)
    with crowd.at_work():
        for what, act in acts(site).items():
            with crowd.watched() as spell:
                act()
            points.hold(what, not spell.wrong, "; ".join([str(spell), *spell.wrong[:2]]))
    told = coordinator_sees(site)
    points.hold("the new version answers", told == site.version(2), told)
    kept.same(site, points, corpora.RUSH)


def acts(site: Site) -> dict[str, Callable[[], object]]:
    """Each returns when what it did is done; what is killed is started again by podman."""
    return {
        "nothing happens": lambda: time.sleep(STEADY),
        "the next version takes over": lambda: upgrade(site),
        "web is replaced by a new container": lambda: site.recreate("web"),
        "web is killed": lambda: site.kill("web"),
        "both workers are replaced": lambda: site.recreate("worker", "training"),
        "both workers are killed": lambda: site.kill("worker", "training"),
        "PostgreSQL is restarted": lambda: site.restart("db"),
        "PostgreSQL is killed": lambda: site.kill("db"),
        "Valkey is killed": lambda: site.kill("broker"),
        "the proxy is replaced": lambda: site.recreate("proxy"),
        "the proxy is killed": lambda: site.kill("proxy"),
        "all containers are replaced at once": lambda: start_again(site),
    }


def upgrade(site: Site) -> None:
    """docker/upgrade's steps with images of the next version: tables first, while the old web
    server still answers, then one service after another. Not its last, an `up` of everything:
    there podman-compose would take away all that depends on `prepare`."""
    site.upgrade_to(site.version(2))
    site.compose("run", "--rm", "--no-deps", "-T", "prepare")
    site.recreate("web")
    site.recreate("worker", "training", "beat")


def start_again(site: Site) -> None:
    """What podman-compose makes of it."""
    before = site.inspected("web")["Id"]
    site.compose("up", "-d", "--no-build", "--force-recreate")
    wait_until(lambda: site.inspected("web")["Id"] != before, "web is another container", 60)
    wait_until(lambda: site.healthy("web"), "web is healthy", 60)
    site.recreate("web", "worker", "training")


def coordinator_sees(site: Site) -> str:
    return str(corpora.coordinator(site).insist("/api/health")["version"])


def kill_an_import(site: Site, points: Points) -> None:
    """A worker is killed in the middle of an import; it goes on to its end."""
    ada = corpora.coordinator(site)
    site.recreate("worker")
    slug = f"{ARRIVING}-{len(ada.succeed('GET', '/api/corpora'))}"
    ada.succeed("POST", "/api/corpora", {"slug": slug, "name": "Arriving", "preset": "mer2023"})
    films = corpora.make_films(site.folder / ARRIVING, FILMS, ".mpg", corpora.OLD)
    job = corpora.send(ada, slug, films)

    def some_are_there() -> bool:
        return bool(ada.insist(job["import"])["counts"]["imported"])

    wait_until(some_are_there, "the first film is imported", 120)
    before = ada.insist(job["import"])["counts"]["imported"]
    began = time.monotonic()
    site.kill("worker")
    ada.wait_for(job["id"])
    seconds = time.monotonic() - began
    told = ada.insist(job["import"])["counts"]
    clips = ada.insist(f"/api/corpora/{slug}/clips")["count"]
    points.hold("killed before its end", before < FILMS, f"{before} of {FILMS} were imported")
    right = told["imported"] == clips == FILMS and not told["refused"]
    points.hold("an import goes on after kill -9", right, f"{clips} clips, {seconds:.0f} s later")
    folder = f"/data/media/incoming/{job['import'].rpartition('/')[2]}"
    left = site.within("worker", "sh", "-c", f"ls {folder} 2>/dev/null || true").split()
    points.hold("nothing of it is left lying about", not left, ", ".join(left))
