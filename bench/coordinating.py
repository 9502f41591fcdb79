"""How long a coordinator's pages wait for their data at 73,148 clips, over HTTP.

The overview, every sort of the list of clips (its first page and one from the middle), a few
filters, and what opening costs, in a corpus of made-up votes of which every fifth clip is still
under way.
"""

import statistics
import time
from collections.abc import Iterable

from bench.support import corpora, place, results
from bench.support.annotators import Annotator
from config import state

SLUG = "coordinated"
AGAIN = 5
FILTERS = ("stage=unlabeled", "round=2", "reason=no_majority", "label=anger", "search=0712")


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, default=corpora.MER2023)
    options = parser.parse_args()
    with place.site() as url:
        corpora.corpus_of(SLUG, options.clips, state.folder())
        place.manage("simulate", SLUG, "--open-share", "0.2")
        coordinator = coordinator_of(url)
        settle()
        middle = options.clips // 100
        sorts = [way + by for by in sorts_of_clips() for way in ("", "-")]
        lists = [f"clips?sort={sort}&page={page}" for sort in sorts for page in (1, middle)]
        lists += [f"clips?{wanted}&sort=-moved" for wanted in FILTERS]
        figures = [
            f"{options.clips} clips: overview {shown(coordinator, ['progress'])}",
            f"a page of clips, any sort or filter, {shown(coordinator, lists)}",
            f"slowest {slowest(coordinator, lists)}",
            f"what opening costs {shown(coordinator, ['openings'])}",
        ]
    results.report("coordinating", "; ".join(figures), record=options.record)


def settle() -> None:
    """What autovacuum does within a minute of a large change. Counting along an index is quick
    only where it knows which pages nobody has changed lately."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def coordinator_of(url: str) -> Annotator:
    from accounts.actions import NewPerson, add_member, make_person
    from collection.models import Corpus

    person = make_person(person=NewPerson("coordinator", corpora.PASSWORD))
    add_member(corpus=Corpus.objects.get(slug=SLUG), user=person, role="coordinator")
    return Annotator(url, SLUG, "coordinator", corpora.PASSWORD, seed=1)


def sorts_of_clips() -> Iterable[str]:
    from annotation.clip_list import ORDERS

    return ORDERS


def shown(coordinator: Annotator, pages: Iterable[str]) -> str:
    return results.spread([seconds for page in pages for seconds in timed(coordinator, page)])


def slowest(coordinator: Annotator, pages: Iterable[str]) -> str:
    """The page whose median is the longest."""
    medians = {page: statistics.median(timed(coordinator, page)) for page in pages}
    page = max(medians, key=medians.__getitem__)
    return f"{page} {medians[page] * 1000:.0f} ms"


def timed(coordinator: Annotator, page: str) -> list[float]:
    seconds = []
    for _ in range(AGAIN):
        start = time.perf_counter()
        coordinator.call("GET", f"/api/corpora/{SLUG}/{page}")
        seconds.append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
