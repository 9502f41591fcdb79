"""Backup while people label, loss of everything, restore."""

import time

from docker.proof import corpora, films, kept, starting
from docker.proof.points import Points, wait_until
from docker.proof.site import Site

AFTERWARDS = 5  # s of labeling on what was restored


def keep(site: Site, points: Points) -> None:
    """One command each; what is restored is what there was when the backup began."""
    notebook = site.notebook(corpora.RUSH)
    crowd = corpora.crowd(site)
    with crowd.at_work():
        before = notebook.votes()
        with crowd.watched() as spell:
            began = time.monotonic()
            site.script("backup", site.backup)
            seconds = time.monotonic() - began
    size = sum(file.stat().st_size for file in site.backup.iterdir()) / 1e6
    points.figure("backup", f"{seconds:.1f} s, {size:,.0f} MB")
    points.hold("labeling meanwhile", not spell.wrong, "; ".join([str(spell), *spell.wrong[:2]]))
    after = notebook.votes()
    of_films = kept.votes_of(site, corpora.FILMS)
    left = site.destroy()
    points.hold("all containers and volumes are destroyed", not left, ", ".join(left))
    began = time.monotonic()
    site.script("restore", site.backup, "--yes")
    points.figure("restore, recheck included", f"{time.monotonic() - began:.1f} s")
    wait_until(lambda: starting.answers(site), "the first page", starting.PATIENCE)
    site.trust()
    stored = kept.votes_of(site, corpora.RUSH)
    kept.none(points, f"of {before.total()} votes before the backup none is lost", before - stored)
    kept.none(points, "none is there that was not acknowledged by its end", stored - after)
    points.figure("votes that came in while it was made", (stored - before).total())
    same = kept.votes_of(site, corpora.FILMS) == of_films
    points.hold("the votes on films are what they were", same, of_films.total())
    kept.clean(site, points)
    films.seek(site, points)
    starting.all_well(site, points)
    go_on(site, points, stored)


def go_on(site: Site, points: Points, stored: "kept.Counter[kept.Vote]") -> None:
    """People label on what was restored, with the passwords they had."""
    site.notebook(corpora.RUSH).begin_again(stored)
    crowd = corpora.crowd(site)
    with crowd.at_work(), crowd.watched() as spell:
        time.sleep(AFTERWARDS)
    points.hold("people label on", not spell.wrong, spell)
    kept.same(site, points, corpora.RUSH)
