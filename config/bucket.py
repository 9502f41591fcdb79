"""Media in a bucket of an S3-compatible storage: what Django's STORAGES says of it."""

from importlib.util import find_spec
from typing import Any

from django.conf.global_settings import STORAGES

from config.environment import SettingError, env

PACKAGES = ("boto3", "storages")
STYLES = ("path", "virtual", "auto")


def storages(bucket: str) -> dict[str, Any]:
    """Django's own storages, and those of the media where these are in a bucket."""
    if not bucket:
        return STORAGES
    if not all(map(find_spec, PACKAGES)):
        raise SettingError(
            f"MEDIA_BUCKET is {bucket}, and the packages for a bucket are not installed. Install "
            "them with bin/setup --s3, or build the images with EXTRAS=s3; or leave MEDIA_BUCKET "
            "empty to keep media in the folder MEDIA_ROOT."
        )
    options = {"bucket_name": bucket, "region_name": env.str("S3_REGION") or None}
    options |= _where() | _keys()
    return STORAGES | {
        name: {"BACKEND": f"collection.storage.bucket.{kind}", "OPTIONS": options}
        for name, kind in (("media", "MediaStorage"), ("prompt media", "PromptStorage"))
    }


def _where() -> dict[str, str | None]:
    url = env.str("S3_ENDPOINT_URL")
    if url and not url.startswith(("http://", "https://")):
        raise SettingError(f"S3_ENDPOINT_URL is {url}, and must begin with https:// or http://.")
    # Amazon names buckets in the host name; others mostly have no such host names.
    style = env.str("S3_ADDRESSING_STYLE") or ("path" if url else "auto")
    if style not in STYLES:
        known = ", ".join(STYLES)
        raise SettingError(f"S3_ADDRESSING_STYLE is {style}, and must be one of {known}.")
    return {"endpoint_url": url or None, "addressing_style": style}


def _keys() -> dict[str, str | None]:
    key, secret = env.str("S3_ACCESS_KEY"), env.str("S3_SECRET_KEY")
    if bool(key) != bool(secret):
        raise SettingError("Of S3_ACCESS_KEY and S3_SECRET_KEY one is set: set both, or neither.")
    # What the AWS_ variables say is looked up as a whole, or not at all: a token of theirs beside
    # our keys is refused.
    given = {"access_key": key or None, "secret_key": secret or None, "security_token": None}
    return given | ({"session_profile": None} if key else {})
