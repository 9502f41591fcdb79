"""People at their browsers: a context each, in which no error stays unnoticed."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from accounts.models import User

PASSWORD = "a long enough secret"
PATIENCE = 30_000  # ms; a slow machine is no failure
DESKTOP = {"width": 1280, "height": 720}
REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`blocked by the policy: ${event.violatedDirective} ${event.blockedURI}`))
"""


class Visitor:
    """Somebody's browser. What its console calls an error is kept in `troubles`."""

    def __init__(self, browser: Any, site: str, **options: Any) -> None:
        self.site = site
        self.context = browser.new_context(
            base_url=site,
            **({"viewport": DESKTOP, "locale": "en-US", "reduced_motion": "reduce"} | options),
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(REPORT_VIOLATIONS)
        self.troubles: list[str] = []
        self.forgiven: tuple[str, ...] = ()
        self.page = self.open_tab()

    def open_tab(self) -> Any:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        return page

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.troubles.append(f"{message.page.url}: {message.text} ({where})")

    def forgive(self, *texts: str) -> None:
        """Errors that the test itself brings about: a refused vote, a cut connection."""
        self.forgiven += texts

    def faults(self) -> list[str]:
        return [each for each in self.troubles if not any(text in each for text in self.forgiven)]

    def log_in(self, user: User) -> "Visitor":
        """Let in with a session of their own, without typing a password."""
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        self.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": self.site}]
        )
        return self

    def type_password(self, username: str, password: str = PASSWORD) -> None:
        """Fill in the login page that is shown."""
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def lose_session(self) -> None:
        """As when the login has expired."""
        self.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    def tab_to(self, control: Any) -> None:
        """Press Tab until the focus is on it."""
        control.first.wait_for()
        for _ in range(80):
            if control.first.evaluate("(each) => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {control}")

    def go(self, path: str) -> "Visitor":
        self.page.goto(path)
        return self

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path
