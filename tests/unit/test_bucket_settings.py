"""A bucket for the media, as variables describe it; what cannot be is told before anything runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import global_settings

from config import bucket, state
from config.environment import SettingError


def test_without_a_bucket_there_is_no_storage_of_media() -> None:
    assert bucket.storages("") == global_settings.STORAGES


def test_variables_and_mounted_secrets_say_where_the_bucket_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("s3cr3t\n")
    monkeypatch.setenv("S3_ACCESS_KEY", "concord")
    monkeypatch.setenv("S3_SECRET_KEY_FILE", str(tmp_path / "key"))
    at_amazon = bucket.storages("films")["media"]["OPTIONS"]
    assert (at_amazon["bucket_name"], at_amazon["endpoint_url"]) == ("films", None)
    assert (at_amazon["access_key"], at_amazon["secret_key"]) == ("concord", "s3cr3t")
    assert at_amazon["addressing_style"] == "auto"
    monkeypatch.setenv("S3_ENDPOINT_URL", "https://s3.example.org")
    elsewhere = bucket.storages("films")["media"]["OPTIONS"]
    assert (elsewhere["endpoint_url"], elsewhere["addressing_style"]) == (
        "https://s3.example.org",
        "path",
    )


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("S3_ENDPOINT_URL", "s3.example.org", "must begin with https://"),
        ("S3_ADDRESSING_STYLE", "host", "one of path, virtual, auto"),
        ("S3_ACCESS_KEY", "concord", "set both, or neither"),
    ],
)
def test_what_cannot_be_is_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError, match=told):
        bucket.storages("films")


def test_without_the_packages_nothing_starts_and_the_way_out_is_told() -> None:
    program = "import sys; sys.modules['boto3'] = None; import config.settings"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=state.CHECKOUT,
        env=os.environ | {"MEDIA_BUCKET": "films"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "MEDIA_BUCKET is films, and the packages for a bucket are not installed" in done.stderr
    assert "bin/setup --s3" in done.stderr and "EXTRAS=s3" in done.stderr
