"""Annotators' pages load no texts of the coordinators, so they may name none."""

import json
import re

import pytest

from config import state

SOURCE = state.CHECKOUT / "frontend" / "src"
PAGES = ("label", "history", "practice", "guide")
KEY = re.compile(r"\bt\(\s*'([a-z_0-9.]+)'")
GROUP = re.compile(r"\b(?:named\(\s*'|t\(`)([a-z_0-9]+)")


def shown_to_annotators() -> list[str]:
    files = [*(SOURCE / "lib" / "desk").iterdir(), *(SOURCE / "routes" / "login").iterdir()]
    for page in PAGES:
        files += (SOURCE / "routes" / "c" / "[slug]" / page).iterdir()
    return [file.read_text() for file in files]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_desk_names_no_text_that_only_coordinators_load(language: str) -> None:
    texts = SOURCE / "lib" / "i18n"
    apart = set(json.loads((texts / "coordinating" / f"{language}.json").read_text()))
    everybodys = set(json.loads((texts / f"{language}.json").read_text()))
    groups = {key.split(".")[0] for key in apart} - {key.split(".")[0] for key in everybodys}

    sources = shown_to_annotators()
    keys = {key for source in sources for key in KEY.findall(source)}
    named = {group for source in sources for group in GROUP.findall(source)}

    assert len(keys) > 60 and len(named) > 4
    assert sorted(keys & apart) == []
    assert sorted(named & groups) == []
