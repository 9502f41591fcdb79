"""Sessions over TLS, as browsers hold them: with the proxy's own certificate checked."""

import http.client
import json
import secrets
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docker.proof.points import Fault, wait_until
from tests.survival.session import Session

PATIENCE = 600.0  # s for a job; the machine may be busy with the other half of the proof


class Connection(http.client.HTTPSConnection):
    """Says where a request comes from, without which Django takes none over TLS."""

    def request(self, method: str, url: str, *given: Any, **named: Any) -> None:
        origin = f"https://{self.host}" + ("" if self.port == 443 else f":{self.port}")
        named["headers"] = {**(named.get("headers") or {}), "Origin": origin}
        super().request(method, url, *given, **named)


class SecureSession(Session):
    """One person's session at the proxy."""

    def __init__(self, url: str, authority: Path) -> None:
        super().__init__(url)
        parts = urlsplit(url)
        assert parts.hostname
        trusted = ssl.create_default_context(cafile=authority)
        self.connection = Connection(parts.hostname, parts.port, timeout=60, context=trusted)

    def fetch(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (by their names in small letters) and content. An underscore in a
        header's name stands for a hyphen."""
        self.connection.close()
        cookies = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        asked = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, headers={"Cookie": cookies, **asked})
        response = self.connection.getresponse()
        content = response.read()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, content

    def upload(self, path: str, file: Path) -> None:
        """Send one file as a form does."""
        self.connection.close()
        edge = secrets.token_hex(16)
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + file.read_bytes() + f"\r\n--{edge}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items()),
            "X-CSRFToken": self.cookies["csrftoken"],
        }
        self.connection.request("POST", path, body=body, headers=headers)
        response = self.connection.getresponse()
        said = response.read()
        if response.status != 201:
            raise Fault(f"{file.name} is not taken: {response.status} {said[:300]!r}")

    def wait_for(self, job: int, seconds: float = PATIENCE) -> dict[str, Any]:
        """The job, once it has ended."""
        told: dict[str, Any] = {}

        def ended() -> bool:
            nonlocal told
            told = self.insist(f"/api/jobs/{job}")
            return told["state"] not in ("queued", "running")

        wait_until(ended, f"job {job} ends", seconds)
        if told["state"] != "done":
            raise Fault(f"job {job} ({told['kind']}) has {told['state']}: {told['message']}")
        return told

    def insist(self, path: str, seconds: float = 60.0) -> Any:
        """The answer, however often one has to ask while servers are being replaced."""
        ends_at = time.monotonic() + seconds
        while True:
            try:
                status, text = self.send("GET", path)
            except (OSError, http.client.HTTPException):
                self.connection.close()
                status, text = 0, ""
            if 0 < status < 300:
                return json.loads(text)
            if time.monotonic() > ends_at or 300 <= status < 502:
                raise Fault(f"GET {path}: {status} {text[:300]}")
            time.sleep(0.2)
