"""What a storage answers, as what a disk says where that is the same, and else as a Refusal."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)
from s3transfer.exceptions import RetriesExceededError

from jobs.errors import Refusal

log = logging.getLogger(__name__)

MISSING = {"404", "NoSuchKey", "NotFound"}
# Any other error of the client's own is one of its settings, and trying again is of no use.
SILENCE = (HTTPClientError, ConnectionError, IncompleteReadError, RetriesExceededError)


@contextmanager
def told(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in MISSING:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from error
        log.error("the bucket of the media: %s", error)
        raise (silent if passes(error) or code == "SlowDown" else denied)(code) from error
    except SILENCE as error:
        log.error("the bucket of the media: %s", error)
        raise silent(type(error).__name__) from error
    except BotoCoreError as error:
        log.error("the bucket of the media: %s", error)
        raise denied(type(error).__name__) from error


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def passes(error: ClientError) -> bool:
    """Whether the storage is at fault, and not what it was asked."""
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED


def silent(why: str) -> Refusal:
    return Refusal(
        "bucket_does_not_answer",
        f"The storage that keeps the media does not answer ({why}). Try again shortly; if that "
        "does not help, ask the administrator to look at S3_ENDPOINT_URL and the server's log.",
        status=503,
        why=why,
    )


def denied(why: str) -> Refusal:
    return Refusal(
        "bucket_refuses",
        f"The storage that keeps the media refuses what Concord asks of it ({why}). Ask the "
        "administrator to look at MEDIA_BUCKET, S3_ACCESS_KEY and S3_SECRET_KEY.",
        status=503,
        why=why,
    )
