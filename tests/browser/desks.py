"""The labeling screen, by keyboard."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Membership
from annotation import practice
from annotation.models import EmotionVote
from tests.browser.visitors import Visitor

MOVES = """() => {
  const video = document.querySelector('video:not(.next)')
  return video.currentTime > 0.3 && video.getVideoPlaybackQuality().totalVideoFrames > 3
}"""
STAGES = {
    "Emotion annotation": "emotion",
    "Reliability check": "reliability",
    "Valence annotation": "valence",
}
NOTHING = "Nothing for you right now"
SHOWN = "video:not(.next)"
HAS_FRAME = f"() => document.querySelector('{SHOWN}')?.readyState >= 2"
STEPS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-"]  # the keys of −5 … +5


class DeskPage:
    """What one annotator sees and presses in one corpus."""

    def __init__(self, visitor: Visitor, slug: str) -> None:
        self.visitor, self.slug = visitor, slug
        self.page = visitor.page
        self.name = self.page.locator(".player > .name")
        self.shown = self.name.or_(self.page.get_by_role("heading", name=NOTHING))
        self.votes = self.page.locator(".today")

    def open(self) -> "DeskPage":
        past_the_tour(self.slug)
        self.page.goto(f"/c/{self.slug}/label")
        self.shown.wait_for()
        return self

    @property
    def has_clip(self) -> bool:
        return bool(self.name.count())

    @property
    def clip(self) -> str:
        return str(self.name.inner_text())

    @property
    def stage(self) -> str:
        return STAGES[self.page.locator("header .stage").inner_text()]

    @property
    def pairs(self) -> list[str]:
        """The proposed labels of a reliability check."""
        return [str(each) for each in self.page.locator(".proposed").all_inner_texts()]

    @property
    def hint(self) -> Any:
        return self.page.locator("footer .reason")

    def choice(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def key_of(self, name: str) -> str:
        return str(self.choice(name).locator("kbd").inner_text())

    @property
    def chosen(self) -> list[str]:
        """The labels that are pressed down."""
        pressed = self.page.locator("button[data-choice][aria-pressed=true] .name")
        return [str(each) for each in pressed.all_inner_texts()]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, *labels: str) -> None:
        self.press(*(self.key_of(label) for label in labels))

    def judge(self, answers: Sequence[str]) -> None:
        """One answer a pair; the keys move on to the next pair by themselves."""
        order = ["reliable", "unreliable", "unjudgeable"]
        self.press(*(str(order.index(answer) + 1) for answer in answers))

    def rate(self, valence: int) -> None:
        self.press(STEPS[valence + 5])

    def send(self) -> dict[str, Any]:
        """Press Enter; the desk that the server answers with, once it is on the screen.

        Anything may be pressed on the next screen meanwhile: it does not wait for the answer.
        """
        with self.page.expect_response(lambda got: got.url.endswith("/desk/votes")) as got:
            self.press("Enter")
        assert got.value.ok, got.value.text()
        desk: dict[str, Any] = got.value.json()
        self.wait_for(desk)
        return desk

    def wait_for(self, desk: dict[str, Any]) -> None:
        """Until the screen shows what this desk holds."""
        if not desk["screens"]:
            self.page.get_by_role("heading", name=NOTHING).wait_for()
            return
        screen = desk["screens"][0]
        stage = next(name for name, code in STAGES.items() if code == screen["stage"])
        self.page.wait_for_function(
            """([clip, stage, count]) =>
              document.querySelector('.player > .name')?.textContent === clip &&
              document.querySelector('header .stage')?.textContent === stage &&
              document.querySelector('.today')?.textContent.startsWith(`${count} `)""",
            arg=[screen["clip"]["name"], stage, desk["today"]],
        )

    def wait_for_picture(self) -> None:
        self.page.wait_for_function(HAS_FRAME)

    def state(self, of: str = SHOWN) -> dict[str, Any]:
        """The player's own account of itself."""
        found: dict[str, Any] = self.page.locator(of).evaluate(
            """(video) => ({time: video.currentTime, paused: video.paused, error: video.error,
              ready: video.readyState, width: video.videoWidth, muted: video.muted,
              frames: video.getVideoPlaybackQuality().totalVideoFrames,
              source: video.getAttribute('src')})"""
        )
        return found


def past_the_tour(slug: str) -> None:
    """Everybody has been through the practice clips, to which newcomers are led first."""
    for membership in Membership.objects.filter(corpus__slug=slug):
        practice.done(membership=membership, at=timezone.now())


def emotion_votes() -> list[tuple[str, str | None]]:
    """What the server has: the first and second label of every vote that stands."""
    return list(
        EmotionVote.objects.filter(superseded_at=None)
        .order_by("pk")
        .values_list("emotion__code", "second_emotion__code")
    )
