"""The proof, step by step; docker/prove runs it."""

import argparse
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from docker.proof import (
    browser,
    corpora,
    elsewhere,
    films,
    keeping,
    replacing,
    starting,
    walls,
)
from docker.proof.points import Fault, Points
from docker.proof.site import Site

STEPS: dict[str, Callable[[Site, Points], None]] = {
    "build": starting.build,
    "start": starting.start,
    "corpora": corpora.make,
    "films": films.seek,
    "journey": browser.journey,
    "walls": walls.look,
    "elsewhere": elsewhere.work,
    "import": replacing.kill_an_import,
    "replace": replacing.replace,
    "keep": keeping.keep,
}
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    options = asked_for()
    for number in ENDS:
        signal.signal(number, interrupt)
    site, points = Site(options.folder, options.pictures), Points()
    failure = ""
    try:
        failure = walk(site, points, options.steps or list(STEPS))
    except KeyboardInterrupt:
        failure = "Broken off."
    finally:
        if not options.keep:
            for number in ENDS:
                signal.signal(number, signal.SIG_IGN)  # half a cleaning helps nobody
            print("Removing all of it …", flush=True)
            site.leave()
    print(points.table())
    sys.exit(failure or min(points.failed, 1))


def walk(site: Site, points: Points, steps: list[str]) -> str:
    """Do the steps; why they could not all be done, if so."""
    for step in steps:
        points.step = step
        told = " ".join((STEPS[step].__doc__ or "").split())
        print(f"\n{step}: {told}", flush=True)
        try:
            STEPS[step](site, points)
        except (Fault, AssertionError) as fault:
            points.hold(f"{step} goes to its end", False, str(fault))
            site.keep_logs()
            return f"{step} could not go on; the reason is above."
    return ""


def asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="docker/prove", description=__doc__)
    add = parser.add_argument
    add("steps", nargs="*", metavar="STEP", choices=[[], *STEPS], help=", ".join(STEPS))
    add("--folder", type=Path, help="where all of it is kept; a new one if left out")
    add("--keep", action="store_true", help="leave it running, for more steps by --folder")
    add("--pictures", type=Path, help="where screenshots go; below the folder if left out")
    options = parser.parse_args()
    if options.folder is None:
        options.folder = Path(tempfile.gettempdir(), f"concord-proof-{secrets.token_hex(3)}")
    options.folder = options.folder.resolve()
    options.pictures = (options.pictures or options.folder / "pictures").resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    options.pictures.mkdir(parents=True, exist_ok=True)
    return options


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
