"""`evaluate`, `predict` and `table` as somebody types them, on a run's folder."""

import csv
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from baseline import labels
from baseline.commands import evaluate, predict, table
from baseline.commands.common import Parser, Say
from baseline.errors import Fault
from baseline.evaluation import evaluation
from baseline.labels import Labels
from baseline.modalities import ACOUSTIC, MODALITIES, VISUAL
from baseline.model_folder import load_model
from baseline.prediction import predict as predicted
from baseline.stores import FeatureStore
from tests.unit.baseline.small_runs import CLASSES, NAMES, finished_run, store, trained_model

UNSEEN = [f"unseen_{number}" for number in range(6)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_model(tmp_path_factory.mktemp("commands") / "run").parent


@pytest.fixture(scope="module")
def features(run: Path) -> dict[str, str]:
    """Of clips that the model has not seen; unseen_5 has no visual features."""
    folders = {m: run.parent / f"unseen-{m}" for m in MODALITIES}
    for modality, folder in folders.items():
        store(folder, modality, UNSEEN[:5] if modality == VISUAL else UNSEEN)
    return {m: str(folder) for m, folder in folders.items()}


def do(command: ModuleType, *given: str | Path, lines: bool = False) -> int:
    parser = Parser()
    command.add(parser)
    done: int = command.run(parser.parse_args([str(each) for each in given]), Say(lines=lines))
    return done


def test_a_run_or_its_model_is_evaluated_alike(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert do(evaluate, run) == do(evaluate, run / "model") == 0
    once, again = capsys.readouterr().out.split("discrete")[1:]
    assert once == again
    shown = evaluation(run / "model")
    assert f"{shown['metrics']['discrete']:.4f}" in once
    counts = [line.split() for line in once.splitlines()[-3:]]
    assert [[int(count) for count in row[1:]] for row in counts] == shown["confusion"]
    assert [row[0] for row in counts] == list(CLASSES)


def test_all_of_an_evaluation_comes_as_json(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    do(evaluate, run, "--json")
    assert json.loads(capsys.readouterr().out) == evaluation(run / "model")


def table_of_labels(file: Path, names: list[str], valence: float) -> Path:
    emotions = [CLASSES[place % 3] for place in range(len(names))]
    nothing = [""] * len(names)
    given = np.full(len(names), valence, np.float32)
    labels.write(file, Labels(names, emotions, given, nothing, nothing))
    return file


def test_other_clips_are_judged_by_the_mean_of_the_folds(
    run: Path, features: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table_of_labels(tmp_path / "test.csv", UNSEEN[:5], 2.0)
    do(evaluate, run, "--labels", file, "--features", ",".join(features.values()), "--json")
    shown = json.loads(capsys.readouterr().out)
    opened = {m: FeatureStore.open(folder) for m, folder in features.items()}
    found = predicted(load_model(run / "model"), opened, UNSEEN[:5])
    assert [point["clip"] for point in shown["valence"]] == UNSEEN[:5]
    right = [code == CLASSES[place % 3] for place, code in enumerate(found.discrete)]
    assert shown["metrics"]["accuracy"] == pytest.approx(np.mean(right))
    assert found.valence is not None
    assert shown["metrics"]["dimensional"] == pytest.approx(
        float(np.mean((found.valence.astype(np.float64) - 2) ** 2))
    )


def test_clips_that_the_model_was_trained_on_do_not_judge_it(
    run: Path, features: dict[str, str], tmp_path: Path
) -> None:
    file = table_of_labels(tmp_path / "test.csv", [*UNSEEN[:2], NAMES[4], NAMES[2]], 0)
    with pytest.raises(Fault, match="trained on 2 of these clips, such as clip_02") as refused:
        do(evaluate, run, "--labels", file, "--features", ",".join(features.values()))
    assert refused.value.code == "clips_were_trained_on"
    with pytest.raises(Fault, match="both their --labels and their --features"):
        do(evaluate, run, "--labels", file)


def test_a_sentinel_for_no_valence_is_not_taken_for_one(
    run: Path, features: dict[str, str], tmp_path: Path
) -> None:
    given = ["--features", ",".join(features.values())]
    file = table_of_labels(tmp_path / "test.csv", UNSEEN[:2], -10)
    with pytest.raises(Fault, match="-10"):
        do(evaluate, run, "--labels", file, *given)
    do(evaluate, run, "--labels", file, *given, "--valence-range=-10,10")


def test_all_clips_of_the_feature_sets_are_predicted_and_who_asked_is_told(
    run: Path, features: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "found.csv"
    each = [part for folder in features.values() for part in ("--features", folder)]
    with pytest.raises(Fault, match=r"unseen_5 \(visual\)"):
        do(predict, run, *each, "--into", into)
    assert not into.exists()
    do(predict, run, *each, "--into", into, "--missing", "mask", lines=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["code"] for line in told] == ["predicting", "predicted"]
    assert told[-1]["params"] == {"rows": 6, "masked": 1, "left_out": 0, "clips": ""}
    with into.open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == UNSEEN


@pytest.mark.parametrize(
    "text",
    [
        "unseen_4\nunseen_1\n",
        "\ufeffunseen_4\r\nunseen_1\r\n\r\n",
        "unseen_4\nunseen_1\nunseen_4",
        "name,file,transcript\nunseen_4,a.mp4,\nunseen_1,b.mp4,你好\n",
    ],
)
def test_only_the_clips_of_a_list_are_predicted_in_its_order(
    run: Path, features: dict[str, str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "names.txt").write_bytes(text.encode())
    into = tmp_path / "found.csv"
    given = ",".join(features.values())
    do(predict, run, "--features", given, "--into", into, "--clips", tmp_path / "names.txt")
    with into.open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["unseen_4", "unseen_1"]


def test_a_table_of_labels_is_a_list_of_clips_too(
    run: Path, features: dict[str, str], tmp_path: Path
) -> None:
    names = table_of_labels(tmp_path / "test.csv", UNSEEN[:3], 99)
    into = tmp_path / "found.csv"
    do(predict, run, "--features", ",".join(features.values()), "--into", into, "--clips", names)
    with into.open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == UNSEEN[:3]


def test_a_list_that_is_not_utf8_and_two_sets_of_a_modality_are_refused(
    run: Path, features: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "names.txt").write_bytes("片段".encode("gb18030"))
    given: list[str | Path] = [
        run,
        "--into",
        tmp_path / "found.csv",
        "--features",
        ",".join(features.values()),
    ]
    with pytest.raises(Fault, match=r"names\.txt: the list of clips must be UTF-8"):
        do(predict, *given, "--clips", tmp_path / "names.txt")
    with pytest.raises(Fault, match="another acoustic feature set"):
        do(predict, *given, "--features", features[ACOUSTIC])


def test_runs_are_put_side_by_side(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = trained_model(tmp_path / "one", [ACOUSTIC], runs=1).parent
    do(table, run, one)
    lines = capsys.readouterr().out.splitlines()
    # Folds 1–3 of run 1: 0.61, 0.62, 0.63; of run 2: 0.71, 0.72, 0.73. One run has no deviation.
    assert lines[3].startswith("| acoustic-set | 62.00 | 1.50 | ")
    assert lines[-1].startswith(
        "| acoustic-set | lexical-set | visual-set | 67.00±5.00 | 1.50±0.00"
    )
    do(table, run, "--format", "latex")
    assert capsys.readouterr().out.startswith(r"\begin{tabular}{lllrrr}")


def test_a_run_that_is_not_finished_has_no_row(tmp_path: Path) -> None:
    unfinished = finished_run(tmp_path / "run", [ACOUSTIC])
    with pytest.raises(Fault, match="has no model yet") as refused:
        do(table, unfinished)
    assert refused.value.code == "run_not_finished"
    with pytest.raises(Fault, match=r"holds model\.json"):
        do(table, tmp_path)
