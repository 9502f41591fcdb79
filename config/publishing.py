"""The files that everybody may have, in a folder from which a proxy serves them by itself.

Pages of an older version stay open for days and ask for their files one by one: what is published
stays until nobody has been given it for a month.
"""

import filecmp
import os
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from collection.storage.files import appearing

LIST = ".published"  # the names of what was published last
KEPT = 30 * 24 * 3600  # s
OF_THE_SERVER = "index.html"  # has headers of its own, which only the web server knows


def publish(folder: Path) -> None:
    """Add what is new and replace what has changed; safe to be run by several at once."""
    ours = files()
    before = listed(folder)
    for name, source in ours.items():
        put(source, folder / name)
    for name in before - ours.keys():
        with suppress(FileNotFoundError):
            os.utime(folder / name)  # from now on it is an older version's
    remove_old(folder, known={LIST, *before, *ours})
    written = folder / f"{LIST}.{uuid.uuid4().hex}"
    written.write_text("".join(f"{name}\n" for name in sorted(ours)))
    written.replace(folder / LIST)


def files() -> dict[str, Path]:
    """By the path under which browsers ask for them: what WhiteNoise would serve."""
    static = below(Path(settings.STATIC_ROOT))
    page = below(Path(settings.FRONTEND_ROOT))
    page.pop(OF_THE_SERVER, None)
    return {f"static/{name}": path for name, path in static.items()} | page


def below(root: Path) -> dict[str, Path]:
    return {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}


def listed(folder: Path) -> set[str]:
    try:
        return set((folder / LIST).read_text().splitlines())
    except FileNotFoundError:
        return set()


def put(source: Path, target: Path) -> None:
    """Whole or not at all; a file that is the same keeps its date, which browsers compare."""
    with suppress(FileNotFoundError):
        if filecmp.cmp(source, target, shallow=False):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    with appearing(target) as unfinished:
        shutil.copyfile(source, unfinished)


def remove_old(folder: Path, *, known: set[str]) -> None:
    """Remove what no version has published for a month, and what a killed process has left."""
    for name, path in below(folder).items():
        with suppress(FileNotFoundError):  # another one has just removed it
            if name not in known and path.stat().st_mtime < time.time() - KEPT:
                path.unlink()
