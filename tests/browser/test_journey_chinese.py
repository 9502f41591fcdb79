"""A journey in Chinese throughout: a coordinator's and an annotator's, from login to export."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import NewPerson, add_member, make_person
from accounts.models import User
from annotation.labelsets import preset
from annotation.models import Labeling
from collection.cartoon.practice import draw_missing
from collection.models import Corpus, ImportedFile
from jobs.models import Job
from tests import factories
from tests.browser import scenes
from tests.browser.conftest import Shoot, Visit
from tests.browser.guiding import say_label, saying
from tests.browser.reading import Reader
from tests.browser.visitors import PASSWORD
from tests.factories import Annotator, Clock

SLUG = "street"
FIRST, SECOND, TEXT = "街角", "车站", "拍摄笔记"
GUIDELINES = "请结合表情和声音判断。"
WISHED = "anbai"
# What people typed, a unit, and the tool's own name.
DATA = {"mp", "kB", "lin", WISHED, "Concord"}
CHINESE = re.compile("[\u4e00-\u9fff]")
say = saying("zh-hans")


@pytest.fixture
def street(site: str) -> Corpus:
    """One person labels a clip, one checks the label, three rate: the shortest way to the end."""
    list(draw_missing())
    numbers = {"emotion_votes": 1, "max_emotion_votes": 1, "reliability_votes": 1}
    corpus = factories.corpus(SLUG, labels=preset("mer2023"), valence_ratings=3, **numbers)
    corpus.name = "街头短片"
    corpus.save()
    return corpus


def test_chinese_from_login_to_export(
    visit: Visit, worker: Any, street: Corpus, tmp_path: Path, shoot: Shoot
) -> None:
    """
    1. 林协调员 mistypes her password, is told so, and logs in. The overview tells her the first
       steps. She reads the help.
    2. She imports two films and a text that calls itself one: its row says why it is refused, and
       what to do. The job says that it is done.
    3. A number that breaks a rule is refused in the settings. She writes guidelines, makes an
       invitation link, reads what opening will cost, opens both clips.
    4. 安 follows the link; her username is taken and her password too short, which she is told
       beside the fields. She joins, and does the practice.
    5. She reads the keys and the guidelines, looks at the reasons to skip; she labels one clip,
       checks the label of the other, rates both. She reads her own votes.
    6. 林 reads the overview, the list, a clip's story, her inbox and the people; she exports.
    Not one sentence on the way is English; what they did is in the database and in the file.
    """
    moods = {FIRST: "happiness", SECOND: "sadness"}
    folder = scenes.make(tmp_path / "films", moods)
    (folder / f"{TEXT}.mp4").write_text("第四场太暗，明天重拍。\n")
    person = NewPerson("lin", PASSWORD, display_name="林协调员", language="zh-hans")
    add_member(corpus=street, user=make_person(person=person), role="coordinator")

    lin = Reader(visit(locale="zh-CN").go("/"), DATA)
    lin.visitor.forgive("status of 401", "status of 400", "status of 403")
    arrive(lin)
    import_films(lin, sorted(folder.iterdir()), shoot)
    link = prepare(lin)

    others = [
        factories.annotator(street, Clock(timezone.now()), factories.person(name))
        for name in ("白", "黄")
    ]
    others[0].vote(others[0].screen_of(FIRST), "happiness")
    others[0].release(others[0].screens()[0])

    an = Reader(visit(locale="zh-CN").go(link), DATA)
    an.visitor.forgive("status of 400", "status of 409")
    join(an)
    an.practise()
    label(an, others, shoot)

    rows = look_and_export(lin, shoot)
    assert {each["name"]: (each["discrete"], float(each["valence"])) for each in rows} == {
        FIRST: ("happiness", 3.0),
        SECOND: ("sadness", -3.0),
    }
    assert set(Labeling.objects.values_list("stage", flat=True)) == {"labeled"}
    assert not (lin.faults + an.faults), "\n".join(lin.faults + an.faults)


def arrive(lin: Reader) -> None:
    lin.page.get_by_label(say("login.username")).wait_for()
    lin.look("login")
    lin.log_in("lin", "not her password")
    expect(lin.page.get_by_role("alert")).to_be_visible()
    lin.look("login refused")
    lin.log_in("lin", PASSWORD)
    lin.page.get_by_role("link", name=say("home.manage")).wait_for()
    lin.look("home")
    lin.visitor.go("/help/coordinating")
    lin.page.get_by_role("heading", level=2).first.wait_for()
    lin.look("help")
    lin.visitor.go(f"/c/{SLUG}")
    expect(lin.page.get_by_role("heading", name=say("first.title"))).to_be_visible()
    lin.look("first steps")


def import_films(lin: Reader, files: list[Path], shoot: Shoot) -> None:
    page = lin.page
    lin.turn_to("nav.import")
    with page.expect_file_chooser() as chooser:
        lin.press_button("import.choose_files")
    chooser.value.set_files(files)
    expect(page.get_by_text(say("import.uploaded", done=0, total=3))).to_be_visible()
    lin.look("chosen files")
    lin.press_button("import.start")
    report = page.locator("section[aria-labelledby=report]")
    expect(report.get_by_text(say("job_state.done"), exact=True)).to_be_visible()
    rows = report.locator("tbody tr")
    expect(rows).to_have_count(3)
    lin.look("import report")
    refused = ImportedFile.objects.get(outcome="refused")
    assert refused.name == f"{TEXT}.mp4"
    reason = rows.filter(has_text=TEXT).locator("td").last.inner_text()
    assert TEXT in reason
    assert len(CHINESE.findall(reason)) > 10
    assert reason != refused.reason  # which is English
    assert Job.objects.get().state == "done"


def prepare(lin: Reader) -> str:
    """Settings, guidelines, an invitation, the opening; the invitation's path."""
    page = lin.page
    lin.turn_to("nav.settings")
    lin.look("settings")
    ratings = page.get_by_label(say("numbers.valence_ratings"), exact=True)
    ratings.fill("2")
    form = page.locator("form").filter(has=ratings)
    form.get_by_role("button", name=say("common.save")).click()
    expect(form.get_by_role("alert").or_(form.locator(".wrong"))).to_be_visible()
    lin.look("a refused number")
    assert Corpus.objects.get().valence_ratings == 3

    lin.turn_to("nav.guidelines")
    both = page.get_by_role("group", name=say("guide.texts_label"))
    both.get_by_label("简体中文").fill(GUIDELINES)
    lin.press_button("guide.save_texts")
    expect(page.get_by_text(say("guide.texts_saved"))).to_be_visible()
    lin.look("guidelines")

    lin.turn_to("nav.people")
    page.get_by_label(say("invite.note")).fill("安")
    lin.press_button("invite.make")
    link = page.get_by_label(say("invite.link_for", name="安"))
    link.wait_for()
    lin.look("invitation")
    path = "/" + str(link.input_value()).split("/", 3)[3]

    lin.turn_to("nav.open")
    expect(page.get_by_text(say("open.unopened_other", shown=2))).to_be_visible()
    expect(page.get_by_text(say("cost.title"))).to_be_visible()
    lin.look("opening")
    lin.press_button("open.do")
    expect(page.get_by_text(say("job_state.done"), exact=True)).to_be_visible()
    lin.look("opened")
    return path


def join(an: Reader) -> None:
    page = an.page

    def fill(username: str, password: str) -> None:
        page.get_by_label(say("login.username")).fill(username)
        page.get_by_label(say("join.display_name")).fill("安")
        page.get_by_label(say("login.password")).fill(password)
        an.press_button("join.accept")

    page.get_by_label(say("login.username")).wait_for()
    an.look("join")
    tries = (("lin", PASSWORD, "username"), (WISHED, "123", "password"), ("安 白", "x", "username"))
    for username, password, wrong in tries:
        fill(username, password)
        expect(page.get_by_label(say(f"login.{wrong}"))).to_have_attribute("aria-invalid", "true")
        an.look(f"join refused: {username}")
    assert not User.objects.filter(username=WISHED).exists()
    fill(WISHED, PASSWORD)
    expect(page.get_by_role("heading", name=say("tour.welcome"))).to_be_visible()
    an.look("practice")


def label(an: Reader, others: list[Annotator], shoot: Shoot) -> None:
    """安 is asked for a label, a check and, once the others have done their part, two ratings."""
    page = an.page
    name = page.locator(".player > .name")
    name.wait_for()
    look_around(an)
    for _ in range(3):
        answer(an, shoot)
    expect(page.get_by_role("heading", name=say("nothing.title"))).to_be_visible()
    an.look("nothing for now")
    others[0].vote(others[0].screen_of(SECOND), "reliable")
    for one, (first, second) in zip(others, ((2, -5), (5, -1)), strict=True):
        one.vote(one.screen_of(FIRST), first)
        one.vote(one.screen_of(SECOND), second)
    page.reload()
    name.wait_for()
    answer(an, shoot)
    an.visitor.go(f"/c/{SLUG}/history")
    expect(page.locator("ol > li")).to_have_count(4)
    an.look("own votes")
    page.locator("header summary").click()
    an.look("menu")


def answer(an: Reader, shoot: Shoot) -> None:
    page, press = an.page, an.page.keyboard.press
    stage = page.locator("header .stage").inner_text()
    clip = page.locator(".player > .name").inner_text()
    an.look(stage)
    if stage == say("stage.emotion"):
        assert clip == SECOND
        page.get_by_role("button", name=say_label("sadness", "zh-hans"), exact=True).click()
        scenes.watch(page, 1.6)
        shoot(page, "emotion-chinese")
    elif stage == say("stage.reliability"):
        assert clip == FIRST
        press("1")
    else:
        assert stage == say("stage.valence")
        press("9" if clip == FIRST else "3")  # +3 and −3
    an.send()


def look_around(an: Reader) -> None:
    page, press = an.page, an.page.keyboard.press
    press("?")
    expect(page.get_by_role("dialog", name=say("keys.title"))).to_be_visible()
    an.look("keys")
    press("Escape")
    press("s")
    expect(page.get_by_role("dialog", name=say("skip.title"))).to_be_visible()
    an.look("skip")
    press("Escape")
    press("g")
    panel = page.get_by_role("complementary", name=say("guide.title"))
    expect(panel).to_contain_text(GUIDELINES)
    an.look("guidelines beside the clip")
    press("g")
    press("Enter")  # with nothing chosen
    an.look("nothing chosen")


def look_and_export(lin: Reader, shoot: Shoot) -> list[dict[str, str]]:
    page = lin.page
    lin.turn_to("nav.overview")
    expect(page.get_by_role("heading", name=say("overview.stages"))).to_be_visible()
    lin.look("overview")
    lin.turn_to("nav.clips")
    expect(page.locator("tbody tr")).to_have_count(2)
    lin.look("clips")
    page.get_by_role("link", name=FIRST).click()
    expect(page.get_by_role("region", name=say("clip.labeling", number=1))).to_be_visible()
    lin.look("a clip")
    lin.turn_to("nav.inbox")
    page.locator("article").wait_for()
    lin.look("inbox")
    lin.turn_to("nav.people")
    expect(page.get_by_role("table").first.locator("tbody tr")).to_have_count(4)
    lin.look("people")
    lin.turn_to("nav.export")
    lin.press_button("export.make")
    link = page.get_by_role("link", name=say("export.download"))
    link.wait_for()
    lin.look("export")
    with page.expect_download() as download:
        link.click()
    return list(csv.DictReader(Path(download.value.path()).open(encoding="utf-8-sig")))
