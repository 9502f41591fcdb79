"""Corpora as wholes: made from a label file, copied, archived, deleted by typing their names."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from collection.models import Corpus
from tests import factories
from tests.browser.conftest import Visit
from tests.browser.managing import choose, confirm, row_of


def test_a_corpus_is_copied_archived_and_deleted_by_typing_its_name(
    visit: Visit, corpus: Corpus, worker: Any
) -> None:
    """
    1. The site administrator copies a corpus from its settings; a job brings the clips.
    2. On the page of all corpora she archives the first: annotators do not see it any more.
    3. She deletes the copy: she reads what will be lost, types something else in vain, then its
       short name. A job deletes it, and the record says who did it.
    """
    root = visit(factories.person("root", site_administrator=True)).go(f"/c/{corpus.slug}/settings")
    ann = factories.annotator(corpus, factories.Clock()).membership.user
    page = root.page
    page.get_by_role("button", name="Copy…").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Name of the corpus").fill("Second films")
    dialog.get_by_label("Short name").fill("second")
    dialog.get_by_role("button", name="Copy the corpus").click()
    expect(dialog.get_by_text("Done", exact=True)).to_be_visible()
    assert Corpus.objects.get(slug="second").clips.count() == 3
    dialog.get_by_role("link", name="Go to Second films").click()
    expect(page.get_by_role("banner")).to_contain_text("Second films")

    root.go("/corpora")
    confirm(choose(page, "Films", "Archive…"), "Archive")
    expect(row_of(page, "Films").first).to_contain_text("Archived")
    annotator = visit(ann).go("/")
    expect(annotator.page.get_by_text("No corpus yet")).to_be_visible()

    dialog = choose(page, "Second films", "Delete…")
    expect(dialog).to_contain_text("3 clips with their video files")
    expect(dialog).to_contain_text("0 votes of 0 people")
    button = dialog.get_by_role("button", name="Delete for ever")
    typed = dialog.get_by_label("Type “second” to confirm")
    typed.fill("Second films")
    expect(button).to_be_disabled()
    typed.fill("second")
    button.click()
    expect(dialog.get_by_text("Done", exact=True)).to_be_visible()
    confirm(dialog, "OK")
    expect(row_of(page, "Second films")).to_have_count(0)
    page.get_by_text("1 deletion on record").click()
    expect(page.get_by_text("deleted by root")).to_be_visible()
    assert not Corpus.objects.filter(slug="second").exists()


def test_a_corpus_is_made_from_a_label_file(visit: Visit, site: str, tmp_path: Path) -> None:
    """
    1. A file with three faults is refused, each with its row and column, and nothing is made.
    2. Mended, it is shown as it will be; a number that is not the paper's is marked.
    3. The corpus has these labels and numbers.
    """
    file = tmp_path / "my labels.csv"
    file.write_text("code,name_en,key,special\na,Anger,1,maybe\na,Again,1,\njoy,Joy,xy,\n")
    root = visit(factories.person("root", site_administrator=True)).go("/new")
    page = root.page
    page.get_by_label("Name of the corpus").fill("From a file")
    page.get_by_label("Short name").fill("from-a-file")
    page.get_by_role("radio", name="Labels from a CSV file").check()
    make = page.get_by_role("button", name="Make the corpus")
    expect(make).to_be_disabled()
    page.locator("input[type=file]").set_input_files(file)
    said = page.get_by_role("alert")
    for place in ("Row 2, column special", "Row 3, column code", "Row 4, column key"):
        expect(said).to_contain_text(place)

    file.write_bytes("code,name_zh,key\nanger,愤怒,x\njoy,喜悦,\n".encode("gb18030"))
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("2 labels in my labels.csv")).to_be_visible()
    expect(page.get_by_role("cell", name="喜悦")).to_be_visible()
    page.locator("main summary").click()
    page.get_by_label("Relabel rounds").fill("0")
    expect(page.locator(".paper.other")).to_have_text("Paper: 1")
    make.click()
    expect(page.get_by_text("From a file").first).to_be_visible()
    corpus = Corpus.objects.get(slug="from-a-file")
    labels = corpus.emotions.order_by("position").values_list("code", "name_zh", "key")
    assert list(labels) == [("anger", "愤怒", "x"), ("joy", "喜悦", "1")]
    assert corpus.relabel_rounds == 0
