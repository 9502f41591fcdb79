"""Media in a bucket of an S3-compatible storage, by django-storages' client for it.

Only the application reads and writes there: objects keep the bucket's own, private access, and no
address of one is ever handed out. An upload appears by the one request that ends it, so nothing
half has a name.
"""

import errno
import io
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import groupby
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, gettempdir
from typing import IO, Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import storages
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from collection.storage.files import appearing
from collection.storage.place import About, unchecked
from jobs.errors import Refusal

log = logging.getLogger(__name__)

MB = 1024**2
# A web server's thread waits for no storage that is gone; and checksums beside every upload, which
# not every storage knows, are sent only where they must be.
CLIENT = Config(
    connect_timeout=5,  # s
    read_timeout=15,  # s
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=32,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
PIECE = 16 * MB  # of one file in memory
PIECEWISE = TransferConfig(multipart_threshold=PIECE, multipart_chunksize=PIECE, use_threads=False)
# What the storage copies by itself, in pieces that it copies within the time of a request.
COPIED = TransferConfig(multipart_threshold=64 * MB, multipart_chunksize=64 * MB, max_concurrency=4)
WORKING = "concord-media-"
LEFT_AFTER = 7 * 24 * 3600  # s after which nobody works in a temporary folder any more
MISSING = {"404", "NoSuchKey", "NotFound"}


class MediaStorage(S3Storage):
    """The `media` of Django's STORAGES."""

    client_config: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(CLIENT)


class Bucket:
    def __init__(self) -> None:
        bucket = storages["media"].bucket  # type: ignore[attr-defined]
        self.name, self.client = bucket.name, bucket.meta.client

    def put(self, source: Path, name: str) -> None:
        with source.open("rb") as file:
            self._upload(file, name)

    def receive(self, chunks: Iterable[bytes], name: str) -> None:
        self._upload(io.BufferedReader(_Chunks(chunks), PIECE), name)

    def link(self, name: str, twin: str) -> None:
        """A second copy, made by the storage itself."""
        with told(name):
            self.client.copy(self._at(name), self.name, twin, Config=COPIED)

    def move(self, name: str, to: str) -> None:
        self.link(name, to)
        self.remove(name)

    def about(self, name: str) -> About:
        with told(name):
            found = self.client.head_object(**self._at(name))
        return About(found["ContentLength"], found["LastModified"].timestamp())

    def opened(self, name: str) -> IO[bytes]:
        with told(name):
            body: IO[bytes] = self.client.get_object(**self._at(name))["Body"]
        return body

    def part(self, name: str, first: int, length: int) -> bytes:
        if not length:
            return b""
        wanted = f"bytes={first}-{first + length - 1}"
        with told(name):
            found = self.client.get_object(**self._at(name), Range=wanted)
            with closing(found["Body"]) as body:
                content: bytes = body.read()
        return content

    @contextmanager
    def local(self, name: str, check: Callable[[], None] = unchecked) -> Iterator[Path]:
        with _working_folder() as folder:
            path = folder / PurePosixPath(name).name
            self.fetch(name, path, check)
            yield path

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        with _working_folder() as folder:
            made = folder / PurePosixPath(name).name
            yield made
            self.put(made, name)

    @contextmanager
    def workshop(self, name: str) -> Iterator[Path]:
        with _working_folder() as folder:
            yield folder

    def fetch(self, name: str, to: Path, check: Callable[[], None] = unchecked) -> None:
        with appearing(to) as unfinished, unfinished.open("wb") as file, told(name):
            self.client.download_fileobj(
                self.name, name, file, Config=PIECEWISE, Callback=lambda size: check()
            )

    def remove(self, name: str) -> None:
        with told(name):
            self.client.delete_object(**self._at(name))

    def remove_all(self, name: str) -> None:
        self.remove(name)
        for below in list(self._below(name)):
            self.remove(below["Key"])

    def listed(self, folder: str, depth: int) -> Iterator[tuple[str, float]]:
        """Folders are but the beginnings of names here; one changes when a file in it does."""
        levels = len(PurePosixPath(folder).parts) + depth

        def beginning(found: dict[str, Any]) -> str:
            return "/".join(found["Key"].split("/")[:levels])

        deep = (each for each in self._below(folder) if each["Key"].count("/") >= levels - 1)
        for name, each in groupby(deep, key=beginning):
            yield name, max(found["LastModified"].timestamp() for found in each)

    def end_unfinished(self, before: float) -> None:
        """Uploads that a killed process began: nobody sees them, but they take room."""
        try:
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.name)
            for upload in (each for page in pages for each in page.get("Uploads", ())):
                if upload["Initiated"].timestamp() < before:
                    self.client.abort_multipart_upload(
                        **self._at(upload["Key"]), UploadId=upload["UploadId"]
                    )
        except (ClientError, BotoCoreError) as error:  # some storages do it by themselves
            log.warning("unfinished uploads of bucket %s stay: %s", self.name, error)

    def room(self) -> int | None:
        return None

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self.name, "Key": name}

    def _upload(self, file: IO[bytes], name: str) -> None:
        with told(name):
            self.client.upload_fileobj(file, self.name, name, Config=PIECEWISE)

    def _below(self, folder: str) -> Iterator[dict[str, Any]]:
        pages = self.client.get_paginator("list_objects_v2")
        with told(folder):
            for page in pages.paginate(Bucket=self.name, Prefix=f"{folder}/"):
                yield from page.get("Contents", ())


class _Chunks(io.RawIOBase):
    """Chunks as a stream."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks, self.left = iter(chunks), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.left:
            chunk = next(self.chunks, None)
            if chunk is None:
                return 0
            self.left = memoryview(chunk)
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


@contextmanager
def _working_folder() -> Iterator[Path]:
    """A folder of this machine; what killed processes left of theirs long ago is removed."""
    for left in Path(gettempdir()).glob(f"{WORKING}*"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - LEFT_AFTER:
                shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=WORKING) as folder:
        yield Path(folder)


@contextmanager
def told(name: str) -> Iterator[None]:
    """What a storage answers, as what a disk says where that is the same, and else as a Refusal."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from error
        log.error("the bucket of the media: %s", error)
        answered = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise (_silent(code) if answered >= 500 or code == "SlowDown" else _denied(code)) from error
    except (BotoCoreError, RetriesExceededError) as error:
        log.error("the bucket of the media: %s", error)
        raise _silent(type(error).__name__) from error


def _silent(why: str) -> Refusal:
    return Refusal(
        "bucket_does_not_answer",
        f"The storage that keeps the media does not answer ({why}). Try again shortly; if that "
        "does not help, ask the administrator to look at S3_ENDPOINT_URL and the server's log.",
        status=503,
        why=why,
    )


def _denied(why: str) -> Refusal:
    return Refusal(
        "bucket_refuses",
        f"The storage that keeps the media refuses what Concord asks of it ({why}). Ask the "
        "administrator to look at MEDIA_BUCKET, S3_ACCESS_KEY and S3_SECRET_KEY.",
        status=503,
        why=why,
    )
