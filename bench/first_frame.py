"""One annotator in Chromium: from Enter to the first frame of the next clip.

Real clips, H.264 with sound at 720p, judged one after another as somebody does who is quick: a
label, half a second later Enter. The clock starts with the key's own time stamp and stops when
the browser calls `requestVideoFrameCallback`, that is, when a frame of the next clip has been
handed over to be shown. Browser and servers share two cores; nothing draws for them.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from bench.support import corpora, place, results
from config import state

SECONDS = 3  # of each clip
THINKING = 500  # ms between the label and Enter
LOOKING = 700  # ms before a label is chosen
PATIENCE = 30_000  # ms
ARGUMENTS = ["--autoplay-policy=no-user-gesture-required", "--disable-gpu"]

WATCH = """() => {
  window.waited = []
  addEventListener('keydown', (event) => {
    const next = document.querySelector('video.next')
    if (event.key !== 'Enter' || !next) return
    next.requestVideoFrameCallback((now) => window.waited.push(now - event.timeStamp))
  }, {capture: true})
}"""
IS_LOADED = "() => document.querySelector('video.next')?.readyState === 4"
HAS_WAITED = "(times) => window.waited.length === times"


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--clips", type=int, default=40)
    options = parser.parse_args()
    with place.site() as url:
        corpus = films(options.clips)
        (ann,) = corpora.people(corpus, ["ann"])
        past_the_tour(corpus)
        waited = label_all(url, corpus.slug, ann.username, options.clips)
    figures = f"Enter to the next clip's first frame, {len(waited)} clips: {results.spread(waited)}"
    results.report("first_frame", figures, record=options.record)


def films(count: int) -> Any:
    """A corpus of so many open clips, each of another colour and tone."""
    folder = state.folder() / "films"
    folder.mkdir()
    for number in range(count):
        film(folder / f"film_{number:03}.mp4", number)
    place.manage("create_corpus", "films")
    place.manage("import_clips", "films", folder)
    place.manage("open_clips", "films")
    from collection.models import Corpus

    return Corpus.objects.get(slug="films")


def film(path: Path, number: int) -> None:
    picture = f"testsrc2=size=1280x720:rate=25:duration={SECONDS},hue=h={9 * number}"
    tone = f"sine=frequency={200 + 10 * number}:duration={SECONDS}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error"]
    command += ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    subprocess.run(
        [*command, "-c:a", "aac", "-movflags", "+faststart", str(path)], check=True, timeout=60
    )


def past_the_tour(corpus: Any) -> None:
    """Nobody is led to the practice clips first."""
    from django.utils import timezone

    from annotation import practice

    for membership in corpus.memberships.all():
        practice.done(membership=membership, at=timezone.now())


def label_all(url: str, slug: str, username: str, clips: int) -> list[float]:
    """Label every clip but the last, which nothing follows; seconds for each."""
    from playwright.sync_api import sync_playwright

    # Playwright's own loop makes Django believe that it is called from asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if not found:
        raise SystemExit("The benchmark needs Chromium on PATH. On Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        page = browser.new_page(base_url=url, viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PATIENCE)
        page.goto(f"/login?next=/c/{slug}/label")
        page.locator("input[autocomplete=username]").fill(username)
        page.locator("input[type=password]").fill(corpora.PASSWORD)
        page.keyboard.press("Enter")
        page.locator(".player > .name").wait_for()
        page.evaluate(WATCH)
        for done in range(1, clips):
            page.wait_for_function(IS_LOADED)
            page.wait_for_timeout(LOOKING)
            page.keyboard.press("1")
            page.wait_for_timeout(THINKING)
            page.keyboard.press("Enter")
            page.wait_for_function(HAS_WAITED, arg=done)
        waited: list[float] = page.evaluate("() => window.waited")
        browser.close()
    return [milliseconds / 1000 for milliseconds in waited]


if __name__ == "__main__":
    main()
