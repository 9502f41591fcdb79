"""§2.3 from the command line, at MER 2023's size: 5,030 labeled clips, 73,148 unlabeled ones.

`manage.py select CORPUS --model RUN --eta 0.8 --open`, in parts: what passes before a line of its
output belongs to what that line tells. Then the pages of what came of it, over HTTP. What leads
there (votes, features, a short training) is made up and not timed.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.support import corpora, place, results, semi
from bench.support.annotators import Annotator
from config import state

if TYPE_CHECKING:
    from accounts.models import User

LABELED = 5_030
ETA = "0.8"
AGAIN = 5
PARTS = {"scored": "scoring", "selection run": "selecting", "batch": "opening"}  # by their lines


@dataclass(frozen=True)
class Told:
    """What the command wrote, and what its parts took."""

    lines: list[str]
    seconds: dict[str, float]
    megabytes: float

    def __str__(self) -> str:
        parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in self.seconds.items())
        return f"{parts}, at most {self.megabytes:.0f} MB"


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--labeled", type=int, default=LABELED)
    parser.add_argument("--pool", type=int, default=corpora.MER2023)
    parser.add_argument("--ended", type=int, default=2_000, help="of the pool, ended unlabeled")
    options = parser.parse_args()
    with place.site() as url:
        home = state.folder()
        corpus = semi.make(home, options.labeled, options.pool, options.ended)
        admin = administrator()
        run = semi.trained(corpus, home, admin)
        corpora.analyze()
        told = select(run.pk, "--eta", ETA, "--open")
        chosen, opened = figures_of(corpus.pk)
        if opened != chosen:
            raise SystemExit(f"{chosen} clips are chosen, {opened} opened:\n{told.lines}")
        corpora.analyze()
        shown = pages(Annotator(url, semi.SLUG, admin.username, corpora.PASSWORD, seed=1))
    results.report(
        "mer_semi",
        f"{options.labeled} labeled clips, a pool of {options.pool}, of which {chosen} are chosen"
        f" and opened: {told}; {shown}",
        record=options.record,
    )


def administrator() -> "User":
    from accounts.actions import NewPerson, make_person

    person = NewPerson("administrator", corpora.PASSWORD)
    return make_person(person=person, site_administrator=True)


def select(run: int, *options: str) -> Told:
    """The command in a process of its own; Python's start belongs to the first part."""
    command = [sys.executable, "manage.py", "select", semi.SLUG, "--model", str(run), *options]
    begun = time.monotonic()
    child = subprocess.Popen(
        command,
        cwd=state.CHECKOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stderr is not None
    errors: list[str] = []
    reader = threading.Thread(target=errors.extend, args=(child.stderr,))
    reader.start()
    lines, seconds = [], {}
    for line in child.stdout:
        lines.append(line.rstrip())
        part = next((part for mark, part in PARTS.items() if mark in line), None)
        if part is not None:
            seconds[part] = time.monotonic() - begun
            begun += seconds[part]
    reader.join()
    _, status, usage = os.wait4(child.pid, 0)  # of its own processes, too
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{''.join(errors)[-3000:]}")
    return Told(lines, seconds, usage.ru_maxrss / 1024)


def figures_of(corpus: int) -> tuple[int, int]:
    """How many clips are chosen, and how many labelings the batches have made."""
    ((chosen, opened),) = corpora.rows(
        """SELECT (SELECT sum(selected) FROM selection_selectionrun WHERE corpus_id = %s),
            (SELECT count(*) FROM annotation_labeling l
                JOIN selection_selectionbatch b ON b.opening_id = l.opening_id)""",
        corpus,
    )
    return int(chosen), int(opened)


def pages(admin: Annotator) -> str:
    """What a site administrator waits for."""
    ((scoring,),) = corpora.rows("SELECT max(id) FROM selection_scoring")
    ((run,),) = corpora.rows("SELECT run_id FROM selection_selectionbatch")
    preview = f"scorings/{scoring}/clips?eta={ETA}"
    clips = f"runs/{run}/clips"
    return "; ".join(
        (
            f"the list {shown(admin, [''])}",
            f"the explorer {shown(admin, [f'/scorings/{scoring}/explorer'])}",
            f"a preview {shown(admin, [f'/{preview}', f'/{preview}&order=name&page=9'])}",
            f"a sample {shown(admin, [f'/{preview}&sample=5&seed=1'])}",
            f"a run {shown(admin, [f'/runs/{run}'])}",
            f"its clips {shown(admin, [f'/{clips}', f'/{clips}?chosen=false&order=name&page=99'])}",
        )
    )


def shown(admin: Annotator, addresses: Iterable[str]) -> str:
    seconds = []
    for address in addresses:
        for _ in range(AGAIN):
            start = time.perf_counter()
            admin.call("GET", f"/api/corpora/{semi.SLUG}/selection{address}")
            seconds.append(time.perf_counter() - start)
    return results.spread(seconds)


if __name__ == "__main__":
    main()
