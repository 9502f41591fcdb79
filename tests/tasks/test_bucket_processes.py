"""A web server and a worker that share the database, the broker and a bucket, and no folder."""

import json
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from rest_framework.authtoken.models import Token

from accounts.models import User
from collection.models import Clip, Corpus
from config import celery_app
from tests import servers
from tests.buckets import InBucket
from tests.films import film

BOUNDARY = "in-between"
PATIENCE = 120  # s; a slow machine is no failure


def test_what_one_machine_takes_in_another_imports_and_the_first_serves(
    bucket: InBucket, corpus: Corpus, coordinator: User, tmp_path: Path
) -> None:
    celery_app.control.purge()
    content = film(tmp_path / "a.avi", codecs=("-c:v", "mpeg4")).read_bytes()
    token = Token.objects.create(user=coordinator).key
    folders = {name: tmp_path / name for name in ("web", "worker")}
    for folder in folders.values():
        folder.mkdir()

    def variables(name: str) -> dict[str, str]:
        own = {"MEDIA_ROOT": str(folders[name] / "media"), "TMPDIR": str(folders[name])}
        return bucket.variables | own

    with servers.web(**variables("web")) as url, servers.worker(**variables("worker")):

        def ask(path: str, body: bytes | None = None, method: str = "GET", **headers: str) -> Any:
            named = {"Authorization": f"Token {token}"}
            named |= {name.replace("_", "-"): value for name, value in headers.items()}
            return urlopen(Request(url + path, body, named, method=method), timeout=PATIENCE)

        imports = "/api/corpora/films/imports"
        one = f"{imports}/{json.load(ask(imports, b'', 'POST'))['id']}"
        form = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.avi"\r\n\r\n'
        )
        body = form.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        assert ask(f"{one}/files", body, "POST", Content_Type=kind).status == 201
        ask(f"{one}/start", b"", "POST")
        ends_at = time.monotonic() + PATIENCE
        while json.load(ask(one))["job"]["state"] not in ("done", "failed"):
            assert time.monotonic() < ends_at, "it is not imported in time"
            time.sleep(0.1)
        clip = Clip.objects.get()
        part = ask(f"/api/clips/{clip.pk}/media", Range="bytes=4-")
        assert (part.status, part.read()) == (206, bucket.content(clip.playable)[4:])
        whole = ask(f"/api/clips/{clip.pk}/media")
        assert (whole.status, whole.read()) == (200, bucket.content(clip.playable))

    assert bucket.content(clip.file) == content
    assert bucket.names() == {clip.file, clip.playable}
    assert [path for folder in folders.values() for path in folder.iterdir()] == []
