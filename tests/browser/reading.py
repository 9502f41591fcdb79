"""A person who reads Chinese and nothing else, at a browser."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import expect

from tests.browser.desks import SHOWN
from tests.browser.guiding import saying
from tests.browser.inspection import left_over
from tests.browser.visitors import Visitor

# Names of formats, keys and columns stay as they are; three such words in a row are a sentence.
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z’']+){2,}")
say = saying("zh-hans")


@dataclass
class Reader:
    """Somebody who reads Chinese; what is not Chinese on their screen is a fault.

    `data`: Latin words that people typed, and names.
    """

    visitor: Visitor
    data: set[str]
    faults: list[str] = field(default_factory=list)

    @property
    def page(self) -> Any:
        return self.visitor.page

    def look(self, where: str) -> None:
        found = left_over(self.page, "zh-hans", self.data)
        text = self.page.locator("body").inner_text()
        found += [f"a sentence: {each}" for each in SENTENCE.findall(text)]
        language = self.page.locator("html").get_attribute("lang")
        found += [] if language == "zh-Hans" else [f"the page calls itself {language}"]
        self.faults += [f"{where}: {each}" for each in found]

    def turn_to(self, key: str) -> None:
        navigation = self.page.get_by_role("navigation", name=say("nav.corpus"))
        navigation.get_by_role("link", name=re.compile(f"^{say(key)}")).click()
        expect(self.page.get_by_role("heading", name=say(key), level=1)).to_be_visible()

    def press_button(self, key: str) -> None:
        self.page.get_by_role("button", name=say(key), exact=True).click()

    def log_in(self, username: str, password: str) -> None:
        self.page.get_by_label(say("login.username")).fill(username)
        self.page.get_by_label(say("login.password")).fill(password)
        self.press_button("login.enter")

    def practise(self) -> None:
        """Concord's own three cartoons, each answered as expected."""
        page, press = self.page, self.page.keyboard.press
        expect(page.get_by_role("button", name=say("tour.begin"))).to_be_focused()
        press("Enter")
        for place, key in enumerate("429", start=1):
            expect(page.get_by_text(say("tour.place", place=place, count=3))).to_be_visible()
            page.locator(SHOWN).wait_for()
            press(key)
            self.look(f"practice {place}")
            press("Enter")
            expect(page.get_by_role("alert")).to_contain_text(say("tour.as_expected"))
            self.look(f"practice {place} answered")
            press("Enter")
        expect(page.get_by_role("heading", name=say("tour.done"))).to_be_visible()
        self.look("practice done")
        self.press_button("tour.start_labeling")

    def send(self) -> None:
        """Send the vote and wait until it is counted on the screen."""
        with self.page.expect_response(lambda got: got.url.endswith("/desk/votes")) as got:
            self.page.keyboard.press("Enter")
        assert got.value.ok
        told = say("desk.today_other", shown=got.value.json()["today"])
        self.page.locator(".today").filter(has_text=told).wait_for()
