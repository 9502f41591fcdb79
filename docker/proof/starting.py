"""From an empty machine to the first page: images, secrets, `up`."""

import ssl
import time
import urllib.request

from docker.proof.points import Points, wait_until
from docker.proof.site import Site, run

PATIENCE = 300  # s until the first page
CHECKED = ("db", "broker", "web", "worker", "training", "beat", "proxy")


def build(site: Site, points: Points) -> None:
    """docker/build-here, then what has become of it."""
    began = time.monotonic()
    site.script("build-here")
    points.figure("built", f"{time.monotonic() - began:.0f} s")
    for name in ("web", "worker"):
        image = f"localhost/concord-{name}:{site.version(1)}"
        size = int(run(["podman", "image", "inspect", "--format", "{{.Size}}", image]))
        points.figure(f"size of {name}", f"{size / 1e6:,.0f} MB")


def start(site: Site, points: Points) -> None:
    """make-secrets and up, timed; every service is well; Django finds nothing to complain of."""
    site.script("make-secrets")
    began = time.monotonic()
    site.compose("up", "-d", "--no-build")
    points.figure("`up` returned after", f"{time.monotonic() - began:.1f} s")
    wait_until(lambda: answers(site), "the first page", PATIENCE)
    points.figure("from `up` to the first page over TLS", f"{time.monotonic() - began:.1f} s")
    site.trust()
    all_well(site, points)
    said = site.manage("check", "--deploy", "--fail-level", "WARNING")
    clean = "no issues (0 silenced)" in said
    points.hold("manage.py check --deploy", clean, said.strip().splitlines()[-1])


def answers(site: Site) -> bool:
    """Whether the page is there; who has signed for it is looked at later, by every session."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(site.url, timeout=30, context=anybody) as page:
            return page.status == 200 and b"<html" in page.read()
    except OSError:
        return False


def all_well(site: Site, points: Points) -> None:
    """Each service's own health check, which podman without systemd never asks by itself."""
    for service in CHECKED:
        seconds = wait_until(lambda: site.healthy(service), f"{service} is healthy", 90)  # noqa: B023
        points.figure(f"{service} is healthy", f"{seconds:.0f} s later")
