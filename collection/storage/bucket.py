"""Media in a bucket of an S3-compatible storage, by django-storages' client for it.

Only the application reads and writes there: objects keep the bucket's own, private access, and no
address of one is ever handed out. An upload appears by the one request that ends it, so nothing
half has a name.
"""

import errno
import io
import logging
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import storages
from storages.backends.s3 import S3Storage

from collection.storage.answers import MISSING, code_of, denied, passes, told
from collection.storage.files import appearing, disk_is_full
from collection.storage.place import About, unchecked
from collection.storage.working import working_folder

log = logging.getLogger(__name__)

MB = 1024**2
# Checksums beside every upload, which not every storage knows, are sent only where they must be.
PATIENT = Config(
    connect_timeout=5,  # s
    read_timeout=15,  # s
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=32,
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# For what a storage answers at once, and a thread of the web server waits for.
PROMPT = PATIENT.merge(
    Config(
        connect_timeout=2,  # s
        read_timeout=5,  # s
        retries={"mode": "standard", "total_max_attempts": 2},
    )
)
PIECE = 16 * MB  # of one file in memory
PIECEWISE = TransferConfig(multipart_threshold=PIECE, multipart_chunksize=PIECE, use_threads=False)
# What the storage copies by itself, in pieces that it copies within the time of a request.
COPIED = TransferConfig(multipart_threshold=64 * MB, multipart_chunksize=64 * MB, max_concurrency=4)
AT_ONCE = 1000  # objects that one request may remove
FULL = {errno.ENOSPC, errno.EDQUOT}
# What we put into the bucket; the rest is of others who use it, too.
OURS = re.compile(r"(\d+/[0-9a-f]{2}|(incoming|vote-imports|exports)/\d+|practice)/")


class MediaStorage(S3Storage):
    """The `media` of Django's STORAGES."""

    client_config: Any
    waits = PATIENT

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(self.waits)


class PromptStorage(MediaStorage):
    """The same bucket for somebody who waits."""

    waits = PROMPT


class Bucket:
    @cached_property
    def name(self) -> str:
        name: str = storages["media"].bucket_name  # type: ignore[attr-defined]
        return name

    @cached_property
    def patient(self) -> Any:
        return _client_of("media")

    @cached_property
    def prompt(self) -> Any:
        return _client_of("prompt media")

    def put(self, source: Path, name: str) -> None:
        with source.open("rb") as file:
            self._upload(file, name)

    def receive(self, chunks: Iterable[bytes], name: str) -> None:
        self._upload(io.BufferedReader(_Chunks(chunks), PIECE), name)

    def link(self, name: str, twin: str) -> None:
        """A second copy, made by the storage itself."""
        with self._found(name):
            self.patient.copy(self._at(name), self.name, twin, Config=COPIED)

    def about(self, name: str) -> About:
        with self._found(name):
            found = self.prompt.head_object(**self._at(name))
        return About(found["ContentLength"], found["LastModified"].timestamp())

    def opened(self, name: str) -> IO[bytes]:
        with told(name):
            body: IO[bytes] = self.prompt.get_object(**self._at(name))["Body"]
        return body

    def part(self, name: str, first: int, length: int) -> bytes:
        if not length:
            return b""
        wanted = f"bytes={first}-{first + length - 1}"
        with told(name):
            found = self.prompt.get_object(**self._at(name), Range=wanted)
            with closing(found["Body"]) as body:
                content: bytes = body.read()
        return content

    @contextmanager
    def local(self, name: str, check: Callable[[], None] = unchecked) -> Iterator[Path]:
        with working_folder() as folder:
            path = folder / PurePosixPath(name).name
            try:
                self.fetch(name, path, check)
            except OSError as error:
                if error.errno not in FULL:
                    raise
                free = shutil.disk_usage(folder).free
                raise disk_is_full(path.name, free, status=503) from error
            yield path

    @contextmanager
    def new(self, name: str) -> Iterator[Path]:
        with working_folder() as folder:
            made = folder / PurePosixPath(name).name
            yield made
            self.put(made, name)

    @contextmanager
    def workshop(self, name: str) -> Iterator[Path]:
        with working_folder() as folder:
            yield folder

    def fetch(self, name: str, to: Path, check: Callable[[], None] = unchecked) -> None:
        with appearing(to) as unfinished, unfinished.open("wb") as file, self._found(name):
            self.patient.download_fileobj(
                self.name, name, file, Config=PIECEWISE, Callback=lambda size: check()
            )

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError), told(name):  # some storages say so, most do not
            self.prompt.delete_object(**self._at(name))

    def remove_each(self, names: Iterable[str], check: Callable[[], None] = unchecked) -> None:
        rest = iter(names)
        while some := list(islice(rest, AT_ONCE)):
            check()
            for name in self._left_of(some):
                check()
                self.remove(name)

    def remove_all(self, name: str, check: Callable[[], None] = unchecked) -> None:
        below = [each["Key"] for each in self._below(name, self.patient)]
        self.remove_each([name, *below], check)

    def listed(self, folder: str, depth: int) -> Iterator[tuple[str, float]]:
        """Folders are but the beginnings of names here; one changes when a file in it does."""
        levels = len(PurePosixPath(folder).parts) + depth

        def beginning(found: dict[str, Any]) -> str:
            return "/".join(found["Key"].split("/")[:levels])

        below = self._below(folder, self.prompt)
        deep = (each for each in below if each["Key"].count("/") >= levels - 1)
        for name, each in groupby(deep, key=beginning):
            yield name, max(found["LastModified"].timestamp() for found in each)

    def end_unfinished(self, before: float) -> None:
        """Uploads that a killed process began: nobody sees them, but they take room."""
        try:
            pages = self.prompt.get_paginator("list_multipart_uploads").paginate(Bucket=self.name)
            for upload in (each for page in pages for each in page.get("Uploads", ())):
                if OURS.match(upload["Key"]) and upload["Initiated"].timestamp() < before:
                    self.prompt.abort_multipart_upload(
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
            self.patient.upload_fileobj(file, self.name, name, Config=PIECEWISE)

    def _left_of(self, names: list[str]) -> list[str]:
        """Remove them by one request; those that are left, all where a storage takes no such."""
        if len(names) == 1:
            return names
        wanted = {"Objects": [{"Key": name} for name in names], "Quiet": True}
        with told(names[0]):
            try:
                answer = self.patient.delete_objects(Bucket=self.name, Delete=wanted)
            except ClientError as error:
                if passes(error):
                    raise
                return names
        return [each["Key"] for each in answer.get("Errors", ())]

    @contextmanager
    def _found(self, name: str) -> Iterator[None]:
        """For what begins with a HEAD, which is answered with 404 and no word more, whether the
        file is missing or the whole bucket."""
        try:
            with told(name):
                yield
        except FileNotFoundError:
            with told(name):
                self._check_bucket()
            raise

    def _check_bucket(self) -> None:
        try:
            self.prompt.head_bucket(Bucket=self.name)
        except ClientError as error:
            if code_of(error) in MISSING:
                log.error("the bucket of the media: there is no bucket %s", self.name)
                raise denied("NoSuchBucket") from error
            raise

    def _below(self, folder: str, client: Any) -> Iterator[dict[str, Any]]:
        pages = client.get_paginator("list_objects_v2")
        with told(folder):
            for page in pages.paginate(Bucket=self.name, Prefix=f"{folder}/"):
                yield from page.get("Contents", ())


def _client_of(storage: str) -> Any:
    with told(""):
        try:
            return storages[storage].bucket.meta.client  # type: ignore[attr-defined]
        except ValueError as error:  # S3_ENDPOINT_URL is no address
            log.error("the bucket of the media: %s", error)
            raise denied(str(error)) from error


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
