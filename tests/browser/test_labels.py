"""The label set of a corpus, as coordinators change it and annotators see it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from accounts.models import User
from annotation.models import Emotion
from collection.models import Corpus
from tests import factories
from tests.browser import coordinating, managing
from tests.browser.conftest import Visit
from tests.browser.desks import DeskPage


def test_label_names_and_keys_are_changed_and_the_desk_shows_them(
    visit: Visit, corpus: Corpus, ann: User, tmp_path: Path
) -> None:
    """
    1. Happiness becomes Joy; Anger gets the key of Neutral, which is told and swapped.
    2. Ann's desk shows the new name and keys.
    3. The set downloaded as a file, with another name in it, is taken back; a file with faults
       is refused with row and column.
    4. After a vote the codes are fixed, and names still change.
    """
    cora = visit(factories.coordinator(corpus)).go(f"/c/{corpus.slug}")
    page = coordinating.turn_to(cora, "Settings")
    labels = page.get_by_role("form", name="Labels")

    def label(code: str) -> Any:
        return labels.locator("fieldset").nth(codes(corpus).index(code))

    label("happiness").get_by_label("English name").fill("Joy")
    key = label("anger").get_by_label("Key")
    key.fill("1")
    expect(label("anger")).to_contain_text("1 is the key of Neutral.")
    expect(labels.get_by_role("button", name="Save the labels")).to_be_disabled()
    label("anger").get_by_role("button", name="Give Neutral the key 2").click()
    save_labels(labels)
    desk = DeskPage(visit(ann), corpus.slug).open()
    assert [desk.key_of(name) for name in ("Anger", "Neutral", "Joy")] == ["1", "2", "3"]

    with page.expect_download() as download:
        labels.get_by_role("link", name="Download as CSV").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    labels.get_by_text("Take the labels from a CSV file").click()
    faulty, renamed = tmp_path / "faulty.csv", tmp_path / "renamed.csv"
    faulty.write_text(text.replace("anger,Anger", "neutral,Anger"), encoding="utf-8")
    renamed.write_text(text.replace("Sadness", "Grief"), encoding="utf-8")
    labels.locator("input[type=file]").set_input_files(faulty)
    expect(labels.get_by_role("alert")).to_contain_text("Row 3, column code")
    labels.locator("input[type=file]").set_input_files(renamed)
    save_labels(labels)
    assert Emotion.objects.get(corpus=corpus, code="sadness").name_en == "Grief"

    desk.open().choose("Grief")
    desk.send()
    page = managing.reload(cora)
    expect(page.get_by_text("Votes have been cast, and each names a label")).to_be_visible()
    expect(label("anger").get_by_label("Code")).not_to_be_editable()
    expect(labels.get_by_role("button", name="Add a label")).to_be_hidden()
    label("anger").get_by_role("button", name="Move Anger up").click()
    expect(labels.locator("fieldset").first.get_by_label("Code")).to_have_value("anger")
    save_labels(labels)
    assert codes(corpus)[:2] == ["anger", "neutral"]


def save_labels(labels: Any) -> None:
    labels.get_by_role("button", name="Save the labels").click()
    expect(labels.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def codes(corpus: Corpus) -> list[str]:
    return list(corpus.emotions.order_by("position").values_list("code", flat=True))
