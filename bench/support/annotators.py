"""Annotators without a browser: they log in, and vote as fast as asked, over HTTP."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Figures:
    """What one annotator saw: seconds per vote, and anything that was not right."""

    seconds: list[float] = field(default_factory=list)
    votes: int = 0  # on seats; a screen with two proposed labels has two
    errors: list[str] = field(default_factory=list)
    nothing: int = 0


class Annotator:
    """One person's session at the desk of a corpus, on one connection that is kept open."""

    def __init__(self, url: str, slug: str, username: str, password: str, seed: int) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self.host, self.port = parts.hostname, parts.port
        self.connection = http.client.HTTPConnection(self.host, self.port or 80, timeout=60)
        self.slug = slug
        self.random = random.Random(seed)
        self.figures = Figures()
        self.cookies: dict[str, str] = {}
        self.call("GET", "/api/session")
        self.call("POST", "/api/session", {"username": username, "password": password})
        corpus = self.call("GET", f"/api/corpora/{slug}")
        self.codes = [e["code"] for e in corpus["emotions"] if not e["special"]]
        self.valences = (corpus["valence_min"], corpus["valence_max"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; an AssertionError for anything that is not a success."""
        headers = {"Content-Type": "application/json"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        text = json.dumps(body) if body is not None else None
        self.connection.request(method, path, body=text, headers=headers)
        response = self.connection.getresponse()
        data = response.read()
        for cookie in response.msg.get_all("Set-Cookie") or []:
            key, _, value = cookie.split(";")[0].partition("=")
            self.cookies[key] = value
        if response.status >= 300:
            raise AssertionError(f"{method} {path}: {response.status} {data[:300]!r}")
        return json.loads(data) if data else None

    def reconnect(self) -> None:
        """The server has closed a connection that was idle; the next call opens another."""
        self.connection.close()

    def desk(self, verb: str, body: Any = None) -> Any:
        return self.call("POST", f"/api/corpora/{self.slug}/desk/{verb}", body or {})

    def answer(self, screen: dict[str, Any]) -> dict[str, Any]:
        seats = []
        for seat in screen["seats"]:
            named = {"seat": seat["seat"], "token": seat["token"]}
            match screen["stage"]:
                case "emotion":  # much alike, as people are
                    favourite = hash(screen["clip"]["name"]) % len(self.codes)
                    code = favourite if self.random.random() < 0.8 else 0
                    named["emotion"] = self.codes[code]
                case "reliability":
                    sure = self.random.random() < 0.9
                    named["reliability"] = "reliable" if sure else "unreliable"
                case "valence":
                    named["valence"] = self.random.randint(*self.valences)
            seats.append(named)
        return {"seats": seats, "response_ms": 1000}

    def work(self, until: float, every: float = 0.0) -> None:
        """Vote until `until` (monotonic), one vote each `every` seconds if that is given."""
        due = time.monotonic() + self.random.random() * every
        self.reconnect()
        try:
            desk = self.desk("claim")
            while time.monotonic() < until:
                if every:
                    time.sleep(max(0.0, due - time.monotonic()))
                    due += every
                if not desk["screens"]:
                    self.figures.nothing += 1
                    time.sleep(0.2)
                    desk = self.desk("claim")
                    continue
                body = self.answer(desk["screens"][0])
                start = time.perf_counter()
                desk = self.desk("votes", body)
                self.figures.seconds.append(time.perf_counter() - start)
                self.figures.votes += len(body["seats"])
        except (AssertionError, OSError, http.client.HTTPException) as error:
            self.figures.errors.append(str(error))


def work_together(people: list[Annotator], seconds: float, every: float = 0.0) -> list[Figures]:
    """All vote at the same time for so many seconds."""
    for person in people:
        person.figures = Figures()
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=person.work, args=(until, every)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [person.figures for person in people]
