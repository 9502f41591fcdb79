"""Clips that nobody here made, labeled in the browser by eight people through every stage."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from accounts.actions import add_member
from annotation.labelsets import preset
from collection.models import Clip
from tests import factories
from tests.browser import coordinating, plans
from tests.browser.conftest import Visit, visit  # noqa: F401
from tests.browser.desks import MOVES, DeskPage
from tests.browser.plans import Plan, label_all

SLUG = "real-films"
FRIDAY = "《星期五》 'He said \"no\"'"
CLIPS = {
    "swiz3n": ("grid_lipnet/swiz3n.mpg", plans.straight),  # MPEG-1
    FRIDAY: ("mdn_friday/friday.mp4", plans.relabeled),
    "single_face": ("pyfeat/single_face.mp4", plans.tied),  # HEVC
    "01-01-01-01-01-01-01": ("ravdess_dmmh/01-01-01-01-01-01-01.mp4", plans.scattered),
    "popeye": ("popeye_mkv/mkv/vob/Title_T01-2.mkv", plans.none_of_these),  # no sound
}
REFUSED = ("pyfeat/single_face.jpg", "pyfeat/multi_face.jpg", "grid_lipnet/id2_vcd_swwp2s.align")


@pytest.fixture
def folder(real_data: Path, tmp_path: Path) -> Path:
    made = tmp_path / "films"
    made.mkdir()
    for name, (source, _) in CLIPS.items():
        shutil.copyfile(real_data / source, made / f"{name}{Path(source).suffix}")
    for source in REFUSED:
        shutil.copyfile(real_data / source, made / Path(source).name)
    return made


def test_real_clips_walk_through_every_stage(
    visit: Visit,  # noqa: F811
    worker: Any,
    folder: Path,
) -> None:
    """
    1. Cora drops a folder of real films, MPEG-1, HEVC and a silent MKV among them, and opens them.
    2. Eight annotators see every clip play and label all of them: one straight to labeled, one
       relabeled, one tied, one without a majority, one "other".
    3. Cora exports the reliable and the unlabeled clips.
    """
    made = factories.corpus(SLUG, labels=preset("mer2023"))
    cora = visit(factories.coordinator(made)).go(f"/c/{SLUG}")
    coordinating.turn_to(cora, "Import")
    coordinating.drop(cora, folder)
    refused = coordinating.import_chosen(cora, files=len(CLIPS) + len(REFUSED))
    assert set(refused) == {Path(source).name for source in REFUSED}
    assert set(Clip.objects.values_list("name", flat=True)) == set(CLIPS)
    coordinating.open_all(cora)

    desks = []
    for _ in range(8):
        user = factories.person()
        add_member(corpus=made, user=user, role="annotator")
        desks.append(DeskPage(visit(user), SLUG).open())
    said = {name: plan() for name, (_, plan) in CLIPS.items()}
    played: set[str] = set()
    label_all(desks, said, seen=lambda desk, stage: see_it_play(desk, played))
    assert played == set(CLIPS)

    coordinating.expect_count(cora, "Labeled", 3)
    check(coordinating.export(cora, "Reliable clips"), said)
    unlabeled = coordinating.named(coordinating.export(cora, "Unlabeled clips"))
    assert {name: row["reason"] for name, row in unlabeled.items()} == {
        name: plan.reason for name, plan in said.items() if plan.reason
    }


def see_it_play(desk: DeskPage, played: set[str]) -> None:
    if desk.clip not in played:
        desk.page.wait_for_function(MOVES)
        assert desk.state()["error"] is None
        played.add(desk.clip)


def check(rows: list[dict[str, str]], said: dict[str, Plan]) -> None:
    reliable = coordinating.named(rows)
    assert set(reliable) == {name for name, plan in said.items() if plan.labels}
    for name, row in reliable.items():
        assert float(row["valence"]) == said[name].expected_valence
        assert set(row["labels"].split(";")) == set(said[name].labels)
        assert row["round"] == str(said[name].round)
