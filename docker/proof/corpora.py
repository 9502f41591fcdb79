"""What there is to label: forty short films, sent as a coordinator sends them, and some thousand
clips known by name only, so that sixteen people do not run out of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docker.proof.labelers import Crowd, Labeler
from docker.proof.points import Fault, Points
from docker.proof.sessions import SecureSession
from docker.proof.site import Site
from tests import films
from tests.survival.session import PASSWORD

COORDINATOR = "ada"
FILMS, CLIPS, SECONDS = "films", 40, 20.0
RUSH, NAMES = "rush", 6000
PEOPLE = 16
# Noise makes films of so many bytes that a browser does not load the whole before it seeks.
BIG = (*films.H264, "-vf", "noise=alls=10:allf=t", *films.AAC, *films.FASTSTART)
OLD = ("-c:v", "mpeg1video", "-c:a", "mp2")  # what browsers do not play and a worker converts


def make(site: Site, points: Points) -> None:
    """An administrator, two corpora, sixteen annotators with accounts; everything is open."""
    site.manage("create_admin", COORDINATOR, "--password-stdin", given=f"{PASSWORD}\n")
    ada = coordinator(site)
    ada.succeed("POST", "/api/corpora", {"slug": FILMS, "name": "Films", "preset": "mer2023"})
    ada.succeed("POST", "/api/corpora", {"slug": RUSH, "name": "Rush", "preset": "mer2023"})
    made = make_films(site.folder / "films", CLIPS, ".mp4", BIG)
    size = sum(file.stat().st_size for file in made) / 1024**2
    job = send(ada, FILMS, made)
    ada.wait_for(job["id"])
    manifest = site.folder / "clips.csv"
    manifest.write_text("name\n" + "".join(f"clip_{number:05}\n" for number in range(NAMES)))
    ada.wait_for(send(ada, RUSH, [manifest])["id"])
    for slug, people in ((FILMS, visitors()), (RUSH, names())):
        invite(site, ada, slug, people)
        opening = ada.succeed("POST", f"/api/corpora/{slug}/openings", {"all": True})
        ada.wait_for(opening["job"]["id"])
    told = ada.succeed("GET", f"/api/corpora/{FILMS}/clips")
    points.hold("films imported through the proxy", told["count"] == CLIPS, f"{size:.0f} MB")
    told = ada.succeed("GET", f"/api/corpora/{RUSH}/clips")
    points.hold("clips known by name", told["count"] == NAMES, told["count"])
    points.figure("annotators with accounts", f"{PEOPLE} and {len(visitors())}")


def names() -> list[str]:
    return [f"person-{number}" for number in range(PEOPLE)]


def visitors() -> list[str]:
    """The people of the films: the one with a browser, and those who bring clips to her."""
    return ["dora", *(f"helper-{number}" for number in range(5))]


def coordinator(site: Site) -> SecureSession:
    session = SecureSession(site.url, site.authority)
    session.log_in(COORDINATOR)
    return session


def labeler(site: Site, slug: str, name: str, seed: int) -> Labeler:
    return Labeler(site.url, site.authority, slug, name, seed, site.notebook(slug))


def crowd(site: Site) -> Crowd:
    return Crowd([labeler(site, RUSH, name, seed) for seed, name in enumerate(names())])


def invite(site: Site, ada: SecureSession, slug: str, people: list[str]) -> None:
    """They come by invitation links, as newcomers do."""
    for seed, name in enumerate(people):
        offered = ada.succeed("POST", f"/api/corpora/{slug}/invitations", {"role": "annotator"})
        labeler(site, slug, name, seed).join_by(offered["url"])


def make_films(folder: Path, count: int, ending: str, codecs: tuple[str, ...]) -> list[Path]:
    """Each with a content of its own."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"film_{number:02}{ending}" for number in range(count)]

    def film(place: int) -> None:
        size, hue = "320x240", place * 360 // count
        if not paths[place].exists():
            films.film(paths[place], seconds=SECONDS, size=size, hue=hue, codecs=codecs)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(film, range(count)))
    return paths


def send(ada: SecureSession, slug: str, files: list[Path]) -> dict[str, Any]:
    """The job of their import."""
    made = ada.succeed("POST", f"/api/corpora/{slug}/imports")
    address = f"/api/corpora/{slug}/imports/{made['id']}"
    for file in files:
        ada.upload(f"{address}/files", file)
    started: dict[str, Any] = ada.succeed("POST", f"{address}/start", {})
    if started["job"] is None:
        raise Fault(f"the import of {len(files)} files has not begun: {started}")
    return {**started["job"], "import": address}
