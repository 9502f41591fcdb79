"""One browser's session: a connection that is kept open, and its cookies."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "a long enough secret"


class Session:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname and parts.port
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self.cookies: dict[str, str] = {}

    def log_in(self, username: str) -> None:
        self.succeed("GET", "/api/session")
        self.succeed("POST", "/api/session", {"username": username, "password": PASSWORD})

    def succeed(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, which must be a good one."""
        self.connection.close()  # the server may have been another one the last time
        status, text = self.send(method, path, body)
        assert status < 300, f"{method} {path}: {status} {text}"
        return json.loads(text) if text else None

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, body=text, headers=headers)
        response = self.connection.getresponse()
        answer = response.read().decode()
        for cookie in response.msg.get_all("Set-Cookie") or []:
            key, _, value = cookie.split(";")[0].partition("=")
            self.cookies[key] = value
        return response.status, answer
