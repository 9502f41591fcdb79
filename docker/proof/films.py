"""The proxy sends films itself, in parts too, and only after the application has allowed it."""

import hashlib

from docker.proof import corpora
from docker.proof.points import Points
from docker.proof.sessions import SecureSession
from docker.proof.site import Site

INSIDE = ("/protected-media/", "/protected-training/")


def seek(site: Site, points: Points) -> None:
    """Every kind of answer that a player may ask for, byte by byte the file that was sent."""
    dora = SecureSession(site.url, site.authority)
    dora.log_in(corpora.visitors()[0])
    path, name = one_clip(site)
    content = (site.folder / "films" / f"{name}.mp4").read_bytes()
    size = len(content)
    status, headers, whole = dora.fetch(path)
    points.hold("a film as a whole", (status, whole) == (200, content), f"{size:,} bytes")
    first = size // 2
    status, headers, part = dora.fetch(path, Range=f"bytes={first}-{first + 9999}")
    told = headers.get("content-range", "")
    right = status == 206 and part == content[first : first + 10_000]
    points.hold("a part of it: 206 with just these bytes", right, f"{status} {told}")
    policy = "content-security-policy" in headers and headers.get("x-content-type-options")
    points.hold("with the application's security headers", policy == "nosniff", policy)
    status, headers, _ = dora.fetch(path, Range=f"bytes={size}-")
    points.hold("behind its end: 416", status == 416, headers.get("content-range", status))
    status, headers, nothing = dora.fetch(path, method="HEAD")
    right = (status, headers.get("content-length"), nothing) == (200, str(size), b"")
    points.hold("HEAD tells its size", right, headers.get("content-length", status))
    _, headers, _ = dora.fetch(path)
    status, _, _ = dora.fetch(path, If_None_Match=headers.get("etag", '"none"'))
    points.hold("what has not changed is not sent: 304", status == 304, status)
    strangers(site, points, path, content)


def strangers(site: Site, points: Points, path: str, content: bytes) -> None:
    """Who is not logged in, or not a member, gets no film by any address."""
    nobody = SecureSession(site.url, site.authority)
    other = SecureSession(site.url, site.authority)
    other.log_in(corpora.names()[0])
    status, _, _ = nobody.fetch(path)
    points.hold("nobody without a login gets it", status in (401, 403), status)
    status, _, _ = other.fetch(path)
    points.hold("nobody from another corpus gets it", status == 404, status)
    digest = hashlib.sha256(content).hexdigest()
    stored = [f"{corpus}/{digest[:2]}/{digest}.mp4" for corpus in (1, 2, 3)]
    answers = [other.fetch(inside + file) for inside in INSIDE for file in (*stored, "")]
    told = ", ".join(map(str, sorted({status for status, _, _ in answers})))
    hidden = all(content[:1000] not in given for _, _, given in answers)
    points.hold("nobody gets it by the proxy's inner addresses", hidden, told)


def one_clip(site: Site) -> tuple[str, str]:
    """Where its film is, and its name."""
    ada = corpora.coordinator(site)
    listed = ada.succeed("GET", f"/api/corpora/{corpora.FILMS}/clips")["results"][0]
    told = ada.succeed("GET", f"/api/corpora/{corpora.FILMS}/clips/{listed['name']}")
    return told["media"], listed["name"]
