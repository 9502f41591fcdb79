"""Whether what was acknowledged is what the server has."""

import csv
from collections import Counter

from docker.proof.labelers import Vote
from docker.proof.points import Points
from docker.proof.site import Site

FILE = "/tmp/votes-of-the-proof.csv"
SHOWN = 3


def votes_of(site: Site, slug: str) -> Counter[Vote]:
    """All votes of the corpus, by the application's own export."""
    site.manage("export", slug, "votes", "--all", "--names", "--to", FILE)
    lines = site.within("web", "cat", FILE).splitlines()
    return Counter(
        (
            row["annotator"],
            row["clip"],
            row["stage"],
            row["round"],
            row["emotion"] if row["stage"] == "reliability" else "",
            row["emotion"] if row["stage"] == "emotion" else row["reliability"] or row["valence"],
        )
        for row in csv.DictReader(lines)
    )


def same(site: Site, points: Points, slug: str) -> None:
    """Every acknowledged vote is there once, and no other."""
    written, stored = site.notebook(slug).votes(), votes_of(site, slug)
    total = written.total()
    none(points, f"of {total} acknowledged votes none is lost", written - stored)
    none(points, "none is there twice, and none that nobody knows of", stored - written)
    clean(site, points)


def none(points: Points, what: str, found: Counter[Vote]) -> None:
    told = f"{found.total()}, as {list(found)[:SHOWN]}" if found else ""
    points.hold(what, not found, told)


def clean(site: Site, points: Points) -> None:
    """Stages, pairs, seats and valences follow from the votes; a Fault if they do not."""
    said = site.manage("recheck").strip().splitlines()
    points.hold("recheck is clean", all(" 0 of " in line for line in said), "; ".join(said))
