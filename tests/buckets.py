"""A storage that speaks S3 on a port of this machine; what is kept, as others see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer

from config import bucket

KEYS = {"S3_ACCESS_KEY": "a key", "S3_SECRET_KEY": "its secret", "S3_REGION": "us-east-1"}


@contextmanager
def server() -> Iterator[str]:
    """Its address."""
    served = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    served.start()
    host, port = served.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        served.stop()


class InFolder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> set[str]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix() for path in files}

    def content(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


class InBucket:
    """A bucket of its own."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.variables = {"MEDIA_BUCKET": name, "S3_ENDPOINT_URL": url, **KEYS}
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            region_name=KEYS["S3_REGION"],
            aws_access_key_id=KEYS["S3_ACCESS_KEY"],
            aws_secret_access_key=KEYS["S3_SECRET_KEY"],
        )
        self.client.create_bucket(Bucket=name)

    def names(self) -> set[str]:
        found = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return {each["Key"] for each in found}

    def content(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.name, Key=name)["Body"].read()
        return content

    def unfinished(self) -> list[str]:
        found = self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ())
        return [each["Key"] for each in found]

    def set_changed(self, name: str, at: Any) -> None:
        backend: Any = get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"]
        backend.buckets[self.name].keys[name].last_modified = at


def use(variables: dict[str, str], settings: Any, monkeypatch: Any) -> None:
    """Media are where these variables say, as if the process had been started with them."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.MEDIA_BUCKET = variables["MEDIA_BUCKET"]
    settings.STORAGES = bucket.storages(settings.MEDIA_BUCKET)


@contextmanager
def nowhere(*, listens: bool = False) -> Iterator[str]:
    """An address at which nobody is; or somebody who never says a word."""
    with socket() as held:
        held.bind(("127.0.0.1", 0))
        if listens:
            held.listen()
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def answering(status: int, code: str, asked: list[Any] | None = None) -> Iterator[str]:
    """The address of a storage that answers everything so; the headers that it was `asked` with."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if asked is not None:
                asked.append(self.headers)
            said = f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said)

        do_HEAD = do_PUT = do_DELETE = do_GET

        def log_message(self, *of: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()
        served.server_close()
