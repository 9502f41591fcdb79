"""Sixteen people who label over HTTPS, write down each vote that is acknowledged, and do not give
up: what is not answered is sent again with the same tokens, as the page does."""

import csv
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.proof.points import Fault
from docker.proof.sessions import SecureSession
from tests.survival.annotators import LONGEST_OUTAGE, Annotator

PAUSE = 0.4  # s between one person's votes; so hurried is nobody
AGAIN = (502, 503, 504)  # the server cannot be reached at the moment

Vote = tuple[str, str, str, str, str, str]  # annotator, clip, stage, round, label judged, answer


class Notebook:
    """The votes that were acknowledged, a line each, on the disk at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()

    def write_down(self, votes: Iterable[Vote]) -> None:
        with self.lock, self.path.open("a", newline="") as file:
            csv.writer(file).writerows(votes)

    def votes(self) -> Counter[Vote]:
        if not self.path.exists():
            return Counter()
        with self.lock, self.path.open(newline="") as file:
            return Counter(tuple(row) for row in csv.reader(file))  # type: ignore[misc]

    def begin_again(self, votes: Counter[Vote]) -> None:
        """The state of the server is an earlier one: what came later is forgotten here too."""
        with self.lock, self.path.open("w", newline="") as file:
            csv.writer(file).writerows(votes.elements())


class Labeler(Annotator):
    """One person at the desk, through the proxy."""

    def __init__(
        self, url: str, authority: Path, slug: str, username: str, seed: int, notebook: Notebook
    ) -> None:
        super().__init__(url, slug, username, seed=seed, pause=PAUSE)
        self.session = SecureSession(url, authority)
        self.notebook = notebook
        self.refused: Counter[int] = Counter()  # answers by status, of those that ask for patience
        self.voted = 0

    @property
    def works(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def sit_down(self) -> None:
        self.session.log_in(self.name)
        corpus = self.session.succeed("GET", f"/api/corpora/{self.slug}")
        self.emotions = [each["code"] for each in corpus["emotions"] if not each["special"]]

    def vote(self, desk: Any) -> Any:
        screen = desk["screens"][0]
        answer = super().vote(desk)
        said = [self.seen.votes[seat["seat"]][1] for seat in screen["seats"]]
        of_clip = (self.name, screen["clip"]["name"], screen["stage"], str(screen["round"]))
        self.notebook.write_down(
            (*of_clip, seat["emotion"] or "", vote)
            for seat, vote in zip(screen["seats"], said, strict=True)
        )
        self.voted += len(said)
        return answer

    def once(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, or None where the page would ask again."""
        try:
            status, text = self.session.send(method, path, body)
        except (OSError, http.client.HTTPException):
            self.session.connection.close()
            self.seen.lost += 1
            return None
        if status in AGAIN:
            self.refused[status] += 1
            return None
        if status >= 300:
            self.seen.wrong.append(f"{method} {path}: {status} {text[:300]}")
            return None
        return json.loads(text)


@dataclass
class Spell:
    """What all of them saw during one replacement."""

    votes: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    lost: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        busy = ", ".join(f"{count} × {status}" for status, count in sorted(self.refused.items()))
        return (
            f"longest wait {self.longest:.1f} s, {self.votes / self.seconds:.0f} votes/s over "
            f"{self.seconds:.0f} s, {busy or 'no 502/503'}, {self.lost} without answer"
        )


class Crowd:
    """All of them, working or at rest."""

    def __init__(self, people: list[Labeler]) -> None:
        self.people = people

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for person in self.people:
            person.sit_down()
            person.begin()
        try:
            self.everybody_votes()
            yield
            self.everybody_votes()
        finally:
            for person in self.people:
                person.enough.set()
            for person in self.people:
                person.finish()

    @contextmanager
    def watched(self) -> Iterator[Spell]:
        """What they see until each of them has voted again after the block."""
        for person in self.people:
            person.seen.longest, person.seen.lost, person.refused = 0.0, 0, Counter()
        voted, wrong = self.voted, self.wrong
        spell, began = Spell(), time.monotonic()
        yield spell
        self.everybody_votes()
        spell.seconds = time.monotonic() - began
        spell.votes = self.voted - voted
        spell.longest = max(person.seen.longest for person in self.people)
        spell.lost = sum(person.seen.lost for person in self.people)
        spell.refused = sum((person.refused for person in self.people), Counter())
        spell.wrong = self.wrong[len(wrong) :]

    def everybody_votes(self) -> None:
        """Each of them gets two votes through from now on."""
        before = {person.name: person.voted for person in self.people}
        ends_at = time.monotonic() + LONGEST_OUTAGE
        while late := [each for each in self.people if each.voted < before[each.name] + 2]:
            if time.monotonic() > ends_at or not all(each.works for each in late):
                told = [wrong for each in late for wrong in each.seen.wrong]
                names = ", ".join(each.name for each in late)
                raise Fault(f"{names} cannot vote: {told[:3] or 'no answer, or no seat is left'}")
            time.sleep(0.1)

    @property
    def voted(self) -> int:
        return sum(person.voted for person in self.people)

    @property
    def wrong(self) -> list[str]:
        return [wrong for person in self.people for wrong in person.seen.wrong]
