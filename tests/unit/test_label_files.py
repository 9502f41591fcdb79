"""Label sets as files: what is taken, what is refused."""

import pytest

from annotation.labelsets import Label, complete, read_labels
from jobs.errors import Refusal


@pytest.mark.parametrize(
    "label",
    [
        Label("happy\x00"),
        Label("happy", name_en="Hap\x07py"),
        Label("happy", name_zh="\ud800"),
        Label("happy", definition_en="Glad\x00"),
        Label("happy", key="\x00"),
    ],
)
def test_characters_that_are_no_text_are_refused(label: Label) -> None:
    with pytest.raises(Refusal, match=r"no text|holds\sa comma"):
        complete((label, Label("sad")), source="labels.csv")


def test_a_definition_may_have_several_lines() -> None:
    text = '\ufeffcode,definition\r\nhappy,"Glad.\r\nOr joyful."\r\nsad,\r\n'
    happy, sad = complete(read_labels(text, source="labels.csv"), source="labels.csv")
    assert (happy.definition_en, happy.name_en, happy.key) == ("Glad.\r\nOr joyful.", "Happy", "1")
    assert (sad.code, sad.key) == ("sad", "2")
