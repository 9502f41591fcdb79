"""Members who read a language, what they are told in it, and what is wrong with their page."""

from collections.abc import Callable
from typing import Any

from accounts.actions import add_member
from accounts.models import User
from annotation.labelsets import preset
from collection.models import Corpus
from tests import factories
from tests.browser.inspection import left_over, overflow, texts, violations

LANGUAGES = ("en", "zh-hans")
TABLET = {"width": 820, "height": 1180}
OWN = {"scene", "Films", "films", "Concord", "English", "MER"}  # words that are no interface's
Say = Callable[..., str]


def member(corpus: Corpus, role: str, language: str) -> User:
    user = factories.person(f"{role}-{language}")
    user.language, user.display_name = language, "安"
    user.save()
    return add_member(corpus=corpus, user=user, role=role).user


def saying(language: str) -> Say:
    """The text of a key, with its parameters filled in."""

    def say(key: str, **params: Any) -> str:
        text = texts(language)[key]
        for name, value in params.items():
            text = text.replace("{{" + name + "}}", str(value))
        return text

    return say


def say_label(code: str, language: str) -> str:
    label = next(each for each in preset("mer2023") if each.code == code)
    return label.name_en if language == "en" else label.name_zh


def faults_of(page: Any, language: str, own: set[str] = OWN) -> list[str]:
    found = left_over(page, language, own) + overflow(page)
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {each}" for each in violations(page)]
    return found
