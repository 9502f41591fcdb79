"""Annotators who do not give up: what is not answered is sent again, as the page does."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.survival.session import PASSWORD, Session

LONGEST_OUTAGE = 60.0  # s that a request is sent again before its sender gives up
ANSWER_KEYS = ("emotion", "reliability", "valence")


@dataclass
class Seen:
    """What one annotator got: the votes that were answered with 200, and what was not right."""

    votes: dict[int, tuple[str, str]] = field(default_factory=dict)  # seat: token, answer
    wrong: list[str] = field(default_factory=list)
    lost: int = 0  # requests without an answer
    busy: int = 0  # answers 503
    longest: float = 0.0  # s from a vote's first sending to its 200


class Annotator:
    """One person at the desk of a corpus, voting in a thread from `begin` to `finish`."""

    def __init__(self, url: str, slug: str, username: str, *, seed: int, pause: float) -> None:
        self.session = Session(url)
        self.slug, self.name, self.pause = slug, username, pause
        self.random = random.Random(seed)
        self.seen = Seen()
        self.emotions: list[str] = []
        self.enough = threading.Event()
        self.thread: threading.Thread | None = None

    def join_by(self, invitation: str) -> None:
        """Accept the invitation with a new account, and so log in."""
        person = {"username": self.name, "display_name": self.name, "password": PASSWORD}
        self.session.succeed("GET", "/api/session")
        token = invitation.rpartition("/")[2]
        self.session.succeed("POST", f"/api/invitations/{token}/accept", person)
        corpus = self.session.succeed("GET", f"/api/corpora/{self.slug}")
        self.emotions = [each["code"] for each in corpus["emotions"] if not each["special"]]

    def begin(self) -> None:
        if self.thread is not None:
            self.finish()
        self.enough.clear()
        self.thread = threading.Thread(target=self.work, name=self.name, daemon=True)
        self.thread.start()

    def finish(self) -> None:
        """Wait until the last vote is answered."""
        assert self.thread is not None
        self.thread.join(LONGEST_OUTAGE)
        assert not self.thread.is_alive(), f"{self.name} waits for an answer"

    def work(self) -> None:
        try:
            self.label()
        except Exception as error:  # told at the end, by the test
            self.seen.wrong.append(repr(error))

    def label(self) -> None:
        desk = self.claim()
        while not self.enough.wait(self.pause):
            desk = self.vote(desk) if desk["screens"] else self.claim()

    def claim(self) -> Any:
        return self.insist("POST", f"{self.desk}/claim", {})

    def vote(self, desk: Any) -> Any:
        """Vote on the first screen. When no answer came, look at the desk before trying again:
        what one held is still there under the same tokens, the voted seats perhaps not."""
        screen, *others = desk["screens"]
        seats = [self.judge(screen["stage"], seat) for seat in screen["seats"]]
        sent = {"seats": seats, "response_ms": 1000}
        began = time.monotonic()
        while (answer := self.once("POST", f"{self.desk}/votes", sent)) is None:
            assert time.monotonic() < began + LONGEST_OUTAGE, "no vote gets through"
            time.sleep(0.2)
            shown = held(self.insist("GET", self.desk)["screens"])
            judged, kept = held([screen]), held(others)
            if not shown.items() >= kept.items():
                self.seen.wrong.append(f"held {kept}, was shown {shown}")
            if any(shown.get(seat, token) != token for seat, token in judged.items()):
                self.seen.wrong.append(f"judged {judged}, was shown {shown}")
        self.seen.longest = max(self.seen.longest, time.monotonic() - began)
        for named in seats:
            said = next(str(named[key]) for key in ANSWER_KEYS if key in named)
            self.seen.votes[named["seat"]] = (named["token"], said)
        return answer

    def judge(self, stage: str, seat: Any) -> dict[str, Any]:
        named = {"seat": seat["seat"], "token": seat["token"]}
        match stage:
            case "emotion":  # of two labels, so that most clips get a majority
                named["emotion"] = self.random.choice(self.emotions[:2])
            case "reliability":
                sure = self.random.random() < 0.9
                named["reliability"] = "reliable" if sure else "unreliable"
            case "valence":
                named["valence"] = self.random.randint(-5, 5)
        return named

    @property
    def desk(self) -> str:
        return f"/api/corpora/{self.slug}/desk"

    def insist(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, however often the question has to be asked."""
        ends_at = time.monotonic() + LONGEST_OUTAGE
        while (answer := self.once(method, path, body)) is None:
            assert time.monotonic() < ends_at, f"{method} {path} gets no answer"
            time.sleep(0.2)
        return answer

    def once(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, or None if the connection broke or the server asks for patience."""
        try:
            status, text = self.session.send(method, path, body)
        except (OSError, http.client.HTTPException):
            self.session.connection.close()
            self.seen.lost += 1
            return None
        if status == 503 and json.loads(text)["error"]["code"] == "database_busy":
            self.seen.busy += 1
            return None
        if status >= 300:
            self.seen.wrong.append(f"{method} {path}: {status} {text[:300]}")
            return None
        return json.loads(text)


def held(screens: list[Any]) -> dict[int, str]:
    """Seat and token of all that these screens show."""
    return {seat["seat"]: seat["token"] for screen in screens for seat in screen["seats"]}
