"""The labeling journey in Chromium through the proxy: practice, three stages, a seek."""

import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, sync_playwright

from docker.proof import corpora
from docker.proof.labelers import Labeler
from docker.proof.points import Fault, Points
from docker.proof.site import Site
from tests.survival.session import PASSWORD

PATIENCE = 30_000  # ms
ARGUMENTS = ["--autoplay-policy=no-user-gesture-required", "--disable-gpu"]
STAGES = {
    "Emotion annotation": ("emotion", "2"),
    "Reliability check": ("reliability", "1"),
    "Valence annotation": ("valence", "8"),
}
PRACTICED = ("4", "2", "9")  # the keys of the answers that the three cartoons expect
MOST_VOTES = 40  # until all three stages have been on the screen
SLOW = 600_000  # bytes a second
BROUGHT = 6  # votes of each helper
CLIP = ".player > .name"
SHOWN = "video:not(.next)"
PLAYS = f"""() => {{
  const video = document.querySelector('{SHOWN}')
  return video?.currentTime > 0.5 && video.getVideoPlaybackQuality().totalVideoFrames > 10
}}"""
SEEK = f"""async () => {{
  const video = document.querySelector('{SHOWN}')
  video.currentTime = video.duration * 0.9
  await new Promise((arrived) => video.addEventListener('seeked', arrived, {{once: true}}))
  return video.currentTime / video.duration
}}"""


class Helper(Labeler):
    """Somebody who agrees with everybody, so that clips get on."""

    def judge(self, stage: str, seat: Any) -> dict[str, Any]:
        answers = {"emotion": "happiness", "reliability": "reliable", "valence": 2}
        return {"seat": seat["seat"], "token": seat["token"], stage: answers[stage]}


def journey(site: Site, points: Points) -> None:
    """Dora logs in, practices, plays a film and seeks in it, and votes in all three stages."""
    bring_clips(site)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        # The certificate of a test is signed by nobody; the sessions over HTTP do check it.
        page = found.new_page(
            base_url=site.url, viewport={"width": 1280, "height": 720}, ignore_https_errors=True
        )
        page.set_default_timeout(PATIENCE)
        try:
            Journey(page, site.pictures, points).walk()
        except Error as error:
            page.screenshot(path=site.pictures / "fault.png")
            raise Fault(str(error)) from error
        found.close()


def bring_clips(site: Site) -> None:
    """The helpers vote in turn: some clips wait for a check then, others for a valence."""
    others = corpora.visitors()[1:]
    helpers = []
    for seed, name in enumerate(others):
        place = (site.url, site.authority, corpora.FILMS, name, seed, site.notebook(corpora.FILMS))
        helpers.append(Helper(*place))
    desks = []
    for helper in helpers:
        helper.sit_down()
        desks.append(helper.claim())
    for _ in range(BROUGHT):
        for place_of, helper in enumerate(helpers):
            if desks[place_of]["screens"]:
                desks[place_of] = helper.vote(desks[place_of])


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise Fault("the journey needs Chromium on PATH. On Debian: apt install chromium")
    return found


class Journey:
    """Dora at her browser."""

    def __init__(self, page: Any, pictures: Path, points: Points) -> None:
        self.page, self.pictures, self.points = page, pictures, points
        self.cable = page.context.new_cdp_session(page)
        self.parts: list[tuple[int, int]] = []  # status and first byte of each answer with media
        self.faults: list[str] = []
        page.on("response", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, said: Any) -> None:
        if said.type == "error":
            self.faults.append(said.text)

    def _hear(self, response: Any) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.url}")
        if response.url.endswith("/media"):
            part = response.headers.get("content-range", "bytes 0-").removeprefix("bytes ")
            self.parts.append((response.status, int(part.partition("-")[0])))

    def walk(self) -> None:
        """Log in, practice, vote by keyboard until each stage has been there once."""
        self.log_in()
        self.be_slow(SLOW)
        self.practice()
        votes: dict[str, int] = {}
        while len(votes) < len(STAGES) and sum(votes.values()) < MOST_VOTES:
            self.page.locator(CLIP).wait_for()
            stage, key = STAGES[self.page.locator("header .stage").inner_text()]
            if stage not in votes:
                self.page.wait_for_function(PLAYS)
                self.page.screenshot(path=self.pictures / f"{stage}.png")
                if not votes:
                    self.seek()
            votes[stage] = votes.get(stage, 0) + 1
            self.send(key)
        said = ", ".join(f"{count} {stage}" for stage, count in votes.items())
        self.points.hold("votes by keyboard in all three stages", len(votes) == 3, said)
        self.points.hold("no error in the browser", not self.faults, "; ".join(self.faults[:3]))

    def log_in(self) -> None:
        page = self.page
        page.goto(f"/login?next=/c/{corpora.FILMS}/label")
        page.locator("input[autocomplete=username]").fill(corpora.visitors()[0])
        page.locator("input[type=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="First, a little practice").or_(
            page.locator(CLIP)
        ).first.wait_for()
        self.points.figure("logged in", page.url)

    def practice(self) -> None:
        """As newcomers do; who has been through it before is led to the clips at once."""
        page = self.page
        if page.locator(CLIP).count():
            page.reload()
            return
        page.keyboard.press("Enter")
        for place, key in enumerate(PRACTICED, start=1):
            page.get_by_text(f"{place} of {len(PRACTICED)}").wait_for()
            page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.3")
            page.keyboard.press(key)
            page.keyboard.press("Enter")
            page.get_by_text("Just as expected").wait_for()
            page.keyboard.press("Enter")
        page.get_by_role("button", name="Start labeling").click()
        self.points.figure("practiced", f"{len(PRACTICED)} cartoons")

    def be_slow(self, rate: int) -> None:
        """A line on which a film is not there as a whole before somebody seeks; -1 is as fast as
        it goes."""
        line = {"offline": False, "latency": 0, "downloadThroughput": rate, "uploadThroughput": -1}
        self.cable.send("Network.emulateNetworkConditions", line)

    def seek(self) -> None:
        before = len(self.parts)
        share = self.page.evaluate(SEEK)
        parts = [first for status, first in self.parts[before:] if status == 206 and first > 0]
        self.points.hold("the video plays, with pictures", True, f"sought to {share:.0%}")
        told = f"206 from byte {parts[0]:,}" if parts else f"{self.parts}"
        self.points.hold("a seek in the browser is answered with 206", bool(parts), told)
        self.be_slow(-1)

    def send(self, key: str) -> None:
        page = self.page
        with page.expect_response(lambda got: got.url.endswith("/desk/votes")) as got:
            page.keyboard.press(key)
            page.keyboard.press("Enter")
        if not got.value.ok:
            raise Fault(f"a vote in the browser is refused: {got.value.text()}")
        before = page.locator(CLIP).inner_text() if page.locator(CLIP).count() else ""
        screens = got.value.json()["screens"]
        if screens and screens[0]["clip"]["name"] != before:
            page.locator(CLIP, has_text=screens[0]["clip"]["name"]).wait_for()
