"""How long a claim takes for those whom the queue has least to give, over HTTP.

Two people who voted on half of 73,148 clips, on every second one and on the first half of the
queue; and one on the agreement side of all clips, for whom nothing is left though each clip has
two free reliability seats. A desk remembers how far it has looked, so its first claim is told
apart.
"""

import csv
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.support import corpora, place, results
from bench.support.annotators import Annotator
from config import state

AGAIN = 100  # claims after the first


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, default=corpora.MER2023)
    options = parser.parse_args()
    with place.site() as url:
        halves = half_voted(url, options.clips)
        nothing = all_voted(url, options.clips)
        figures = [
            f"voted on every second of {options.clips}: {somebody(halves[0])}",
            f"on the first half: {somebody(halves[1])}",
            f"nothing for somebody on the other side of {free_seats()} free seats: "
            f"{nobody(nothing)}",
        ]
    results.report("claims", "; ".join(figures), record=options.record)


def half_voted(url: str, clips: int) -> list[Annotator]:
    """Each clip has two votes: one of two people who share the corpus by turns, and one of two
    of whom one took the first half of the queue. A third seat is free."""
    corpus = corpora.corpus_of("half", clips, state.folder())
    names = ["turns", "other-turns", "first", "second"]
    corpora.people(corpus, names)
    queue = corpora.rows(
        "SELECT name FROM collection_clip WHERE corpus_id = %s ORDER BY shuffle, id", corpus.pk
    )
    votes = []
    for place_in_queue, (clip,) in enumerate(queue):
        votes.append((clip, names[place_in_queue % 2]))
        votes.append((clip, names[2 + (place_in_queue >= clips // 2)]))
    import_emotion_votes("half", votes)
    return [Annotator(url, "half", name, corpora.PASSWORD, seed=1) for name in ("turns", "first")]


def all_voted(url: str, clips: int) -> Annotator:
    """All emotion votes of all clips are cast, all for one label."""
    corpus = corpora.corpus_of("all", clips, state.folder())
    names = ["everywhere", "also-everywhere", "third"]
    corpora.people(corpus, names)
    clip_names = corpora.clip_names(clips)
    import_emotion_votes("all", [(clip, name) for clip in clip_names for name in names])
    return Annotator(url, "all", "everywhere", corpora.PASSWORD, seed=1)


def import_emotion_votes(slug: str, votes: Sequence[tuple[str, str]]) -> None:
    """Votes of (clip, annotator) by the way in for votes cast elsewhere."""
    file = state.folder() / f"{slug}-votes.csv"
    at = datetime(2026, 1, 5, tzinfo=UTC)
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["clip", "stage", "round", "annotator", "emotion", "cast_at"])
        for number, (clip, name) in enumerate(votes):
            cast_at = (at + timedelta(seconds=number)).isoformat()
            writer.writerow([clip, "emotion", 1, name, "neutral", cast_at])
    place.manage("import_votes", slug, file)


def free_seats() -> int:
    ((free,),) = corpora.rows(
        "SELECT count(*) FROM annotation_seat s JOIN collection_corpus c ON c.id = s.corpus_id"
        " WHERE c.slug = 'all' AND s.stage = 'reliability' AND s.annotator_id IS NULL"
    )
    return int(free)


def somebody(person: Annotator) -> str:
    """First, then after giving back what is held, then by voting."""
    person.reconnect()
    person.call("GET", f"/api/corpora/{person.slug}/desk")  # claims nothing
    first, desk = timed(person, "claim")
    claims, votes = [], []
    for _ in range(AGAIN):
        for screen in desk["screens"]:
            seats = [{"seat": s["seat"], "token": s["token"]} for s in screen["seats"]]
            person.desk("release", {"seats": seats})
        seconds, desk = timed(person, "claim")
        claims.append(seconds)
        assert len(desk["screens"]) == 2
    for _ in range(AGAIN):
        answer = person.answer(desk["screens"][0])
        seconds, desk = timed(person, "votes", answer)
        votes.append(seconds)
        assert len(desk["screens"]) == 2
    return (
        f"first {first * 1000:.0f} ms, after giving back {results.spread(claims)}, "
        f"after a vote {results.spread(votes)}"
    )


def nobody(person: Annotator) -> str:
    """First, then again and again."""
    person.reconnect()
    person.call("GET", f"/api/corpora/{person.slug}/desk")  # claims nothing
    first, desk = timed(person, "claim")
    claims = []
    for _ in range(AGAIN):
        assert desk["nothing"]["reason"] == "other_side", desk
        seconds, desk = timed(person, "claim")
        claims.append(seconds)
    return f"first {first * 1000:.0f} ms, again {results.spread(claims)}"


def timed(person: Annotator, verb: str, body: Any = None) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = person.desk(verb, body)
    return time.perf_counter() - start, answer


if __name__ == "__main__":
    main()
