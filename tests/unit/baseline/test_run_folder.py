"""The folder of a run says what is trained and how far it is, to whoever looks at whatever time."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import run_folder
from baseline.errors import Fault
from baseline.labels import Labels
from baseline.run_folder import Training
from baseline.spec import Spec
from tests.unit.baseline.drawn_corpus import CLASSES, draw


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Labels]:
    folder = tmp_path_factory.mktemp("corpus")
    return folder, draw(folder)


@pytest.fixture
def spec(corpus: tuple[Path, Labels]) -> Spec:
    return Spec(
        features={"lexical": str(corpus[0] / "L")},
        classes=CLASSES,
        hidden=[4, 8],
        learning_rates=[1e-2, 1e-3],
        folds=2,
        runs=2,
        epochs=3,
    )


@pytest.fixture
def run(tmp_path: Path, spec: Spec, corpus: tuple[Path, Labels]) -> Path:
    run_folder.prepare(tmp_path / "run", spec, corpus[1])
    return tmp_path / "run"


def write(folder: Path, training: Training, **result: float) -> None:
    """What a finished training leaves."""
    (folder / training.folder).mkdir(parents=True, exist_ok=True)
    (folder / training.folder / "result.json").write_text(json.dumps(result))


def test_a_prepared_run_is_opened_as_it_was_given(
    run: Path, spec: Spec, corpus: tuple[Path, Labels]
) -> None:
    kept, clips = run_folder.open_run(run)
    assert not kept.differences(replace(spec, digests=kept.digests))
    assert len(kept.digests["lexical"]) == 64
    assert clips.same_as(corpus[1])


def test_every_point_run_and_fold_is_planned_once_and_large_networks_first(spec: Spec) -> None:
    plan = run_folder.planned(spec)
    assert len(plan) == len(set(plan)) == 2 * 2 * 2 * 2
    assert [each.hidden for each in plan] == [8] * 8 + [4] * 8
    assert {each.folder for each in plan} >= {"folds/h8_lr0.01_r1_f1", "folds/h4_lr0.001_r2_f2"}
    assert len({each.folder for each in plan}) == 16


def test_preparing_the_same_run_again_changes_nothing(
    run: Path, spec: Spec, corpus: tuple[Path, Labels]
) -> None:
    write(run, Training(8, 1e-2, 1, 1), combined=0.5)
    run_folder.prepare(run, replace(spec, processes=2), corpus[1])
    assert run_folder.is_done(run, Training(8, 1e-2, 1, 1))


def test_a_folder_keeps_one_run(run: Path, spec: Spec, corpus: tuple[Path, Labels]) -> None:
    clips = replace(corpus[1], speakers=["somebody else"] * len(corpus[1]))
    with pytest.raises(Fault) as refused:
        run_folder.prepare(run, replace(spec, seed=1, epochs=4), clips)
    assert refused.value.code == "run_differs"
    assert refused.value.params["settings"] == "epochs, seed, labels"


def test_a_run_is_not_prepared_over_other_files(
    tmp_path: Path, spec: Spec, corpus: tuple[Path, Labels]
) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(Fault) as refused:
        run_folder.prepare(tmp_path, spec, corpus[1])
    assert refused.value.code == "folder_is_no_run"
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_a_killed_preparation_left_is_no_hindrance(
    tmp_path: Path, spec: Spec, corpus: tuple[Path, Labels]
) -> None:
    (tmp_path / "labels.csv").write_text("name,discr")
    (tmp_path / ".spec.json.123").write_text("{")
    run_folder.prepare(tmp_path, spec, corpus[1])
    assert run_folder.open_run(tmp_path)[1].same_as(corpus[1])


def test_what_is_no_run_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(Fault) as refused:
        run_folder.open_run(tmp_path)
    assert refused.value.code == "no_run_here"


def test_stores_may_lie_where_the_folder_says(
    tmp_path: Path, spec: Spec, corpus: tuple[Path, Labels]
) -> None:
    """Relative ones are seen from the run's folder, so that both may be moved together."""
    shutil.copytree(corpus[0] / "L", tmp_path / "here" / "features" / "L")
    relative = replace(spec, features={"lexical": "../features/L"})
    run_folder.prepare(tmp_path / "here" / "run", relative, corpus[1])
    (tmp_path / "here").rename(tmp_path / "there")
    run_folder.prepare(tmp_path / "there" / "run", relative, corpus[1])


def test_one_process_holds_a_run(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_folder, "PATIENCE_S", 0.1)
    with run_folder.locked(run):
        with pytest.raises(Fault) as refused, run_folder.locked(run):
            pass
        assert refused.value.code == "run_is_busy"
    with run_folder.locked(run):
        pass  # free again


def test_a_run_waits_before_it_is_begun(run: Path) -> None:
    write(run, Training(8, 1e-2, 1, 1), combined=0.5)
    assert run_folder.status(run) == {
        "state": "waiting",
        "done": 1,
        "total": 16,
        "running": [],
        "seconds_left": None,
    }


def test_a_run_whose_process_is_gone_is_stopped_whatever_it_last_said(run: Path) -> None:
    last = {
        "state": "running",
        "done": 3,
        "total": 16,
        "running": [{"hidden": 8, "learning_rate": 0.01, "run": 1, "fold": 2, "epoch": 2}],
        "seconds_left": 9.5,
    }
    run_folder.write_status(run, last)
    with run_folder.locked(run):
        assert run_folder.status(run) == last
    assert run_folder.status(run) == last | {
        "state": "stopped",
        "running": [],
        "seconds_left": None,
    }


def test_trainings_are_done_running_or_waiting(run: Path) -> None:
    told = {"best_epoch": 2, "discrete": 0.5, "dimensional": None, "combined": 0.5}
    write(run, Training(8, 1e-2, 1, 1), **told)  # type: ignore[arg-type]
    now = {"hidden": 8, "learning_rate": 1e-2, "run": 1, "fold": 2, "epoch": 2}
    said = {"state": "running", "done": 1, "total": 16, "running": [now], "seconds_left": 1.0}
    run_folder.write_status(run, said)
    with run_folder.locked(run):
        found = run_folder.trainings(run)
    assert len(found) == 16
    of = {"hidden": 8, "learning_rate": 1e-2, "run": 1}
    assert found[0] == {**of, "fold": 1, "state": "done", "epoch": 3, "epochs": 3, **told}
    nothing = dict.fromkeys(told)
    assert found[1] == {**of, "fold": 2, "state": "running", "epoch": 2, "epochs": 3, **nothing}
    assert {(each["state"], each["epoch"]) for each in found[2:]} == {("waiting", 0)}


def test_a_curve_has_every_whole_row(run: Path) -> None:
    assert run_folder.curve(run, 8, 1e-2, 1, 1) == []
    folder = run / Training(8, 1e-2, 1, 1).folder
    folder.mkdir(parents=True)
    (folder / "epochs.csv").write_text(
        "epoch,loss,discrete,dimensional,combined\n1,1.5,0.5,2.0,0.0\n2,1.25,0.5,,0.5\n3,1."
    )
    assert run_folder.curve(run, 8, 1e-2, 1, 1) == [
        {"epoch": 1, "loss": 1.5, "discrete": 0.5, "dimensional": 2.0, "combined": 0.0},
        {"epoch": 2, "loss": 1.25, "discrete": 0.5, "dimensional": None, "combined": 0.5},
    ]


def test_there_are_no_results_before_the_end(run: Path) -> None:
    assert run_folder.results(run) is None


def test_a_damaged_file_of_a_run_is_named(run: Path) -> None:
    (run / "status.json").write_text('{"state": "run')
    with pytest.raises(Fault) as refused:
        run_folder.status(run)
    assert refused.value.code == "json_damaged"
    assert str(refused.value.params["file"]).endswith("status.json")
