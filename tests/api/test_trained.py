"""What came of a training, by the API: results, model, tables, predictions."""

import csv
import io
import json
import zipfile

from jobs.models import Job
from tests import trained
from tests.trained import CLIPS
from training import folders
from training.models import Prediction, TrainingRun


def test_a_finished_run_tells_its_results_model_curves_and_trainings(room):
    run = room.trained(room.imported("tones"))
    told = room.get(f"training/{run.pk}").json()
    assert told["ready"] is True
    (result,) = told["results"]
    assert (result["hidden_size"], result["learning_rate"], result["best"]) == (4, 0.01, True)
    kept = json.loads((folders.of_run(run) / "results.json").read_text())["grid"][0]
    assert {name: result[name] for name in ("discrete", "dimensional", "combined_sd")} == {
        name: kept[name] for name in ("discrete", "dimensional", "combined_sd")
    }
    assert len(told["model"]["digest"]) == 64
    assert {each["state"] for each in told["progress"]["trainings"]} == {"done"}
    curve = room.get(f"training/{run.pk}/curve?hidden=4&learning_rate=0.01&run=1&fold=2").json()
    assert [epoch["epoch"] for epoch in curve["epochs"]] == [1, 2]
    assert room.get(f"training/{run.pk}/curve?hidden=4").status_code == 400


def test_the_evaluation_is_of_each_clip_once(room):
    run = room.trained(room.imported("tones"))
    told = room.get(f"training/{run.pk}/evaluation").json()
    assert told["classes"] == ["happiness", "sadness"]
    assert [sum(row) for row in told["confusion"]] == [4, 4]
    assert [each["clips"] for each in told["metrics"]["per_class"]] == [4, 4]
    assert told["metrics"]["accuracy"] == sum(told["confusion"][n][n] for n in (0, 1)) / 8
    assert sum(each["clips"] for each in told["calibration"]) == 8
    assert (len(told["valence"]), told["valence_of"]) == (8, 8)
    assert {point["truth"] for point in told["valence"]} == {3.0, -3.0}


def test_a_changed_model_is_told_and_not_shown(room):
    run = room.trained(room.imported("tones"))
    file = folders.model_of(run) / "evaluation.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    answer = room.get(f"training/{run.pk}/evaluation")
    assert room.refusal(answer) == (409, "model_file_changed")
    assert answer.json()["error"]["params"]["file"] == "evaluation.npz"


def test_what_a_run_without_a_model_cannot_do(room):
    run = trained.asked(room.corpus, [room.imported("tones")], room.root)[0]
    asked = {"clips": "all", "missing": "refuse"}
    for answer in (
        room.get(f"training/{run.pk}/evaluation"),
        room.get(f"training/{run.pk}/model"),
        room.post(f"training/{run.pk}/predictions", asked),
    ):
        assert room.refusal(answer) == (409, "run_has_no_model")
    assert room.get(f"training/{run.pk}/predictions").json() == []


def test_a_model_is_downloaded_as_it_lies_there(room):
    run = room.trained(room.imported("tones"))
    answer = room.get(f"training/{run.pk}/model")
    assert answer["Content-Type"] == "application/zip"
    zipped = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert zipped.testzip() is None
    below = f"films-model-{run.pk}"
    there = {f"{below}/{file.name}": file for file in folders.model_of(run).iterdir()}
    assert set(zipped.namelist()) == set(there)
    for name, file in there.items():
        assert zipped.read(name) == file.read_bytes()
        assert zipped.getinfo(name).compress_type == zipfile.ZIP_STORED


def test_tables_of_all_runs_or_of_some(room):
    tones = room.imported("tones")
    first, second = room.trained(tones), room.trained(tones)
    trained.asked(room.corpus, [tones], room.root)  # not trained: no row
    every = room.get("training/table?format=csv")
    assert every["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(every.content.decode())))
    assert [row["A"] for row in rows] == ["tones", "tones"]
    best = first.results.get(best=True)
    assert float(rows[0]["discrete"]) == best.discrete and rows[0]["discrete_sd"] == ""
    one = room.get(f"training/table?format=csv&runs={second.pk}").content.decode()
    assert len(one.splitlines()) == 2
    assert "| tones |" in room.get("training/table").content.decode()
    assert r"\begin{tabular}" in room.get("training/table?format=latex").content.decode()
    for wrong in ("format=pdf", "runs=1;2"):
        assert room.get(f"training/table?{wrong}").status_code == 400


def test_removing_a_run_removes_all_that_came_of_it(room, django_capture_on_commit_callbacks):
    run = room.trained(room.imported("tones"))
    prediction = trained.predicted(run, room.root)
    room.post(f"training/{run.pk}/predictions", {"clips": "all", "missing": "refuse"})
    file, folder = folders.of_prediction(prediction), folders.of_run(run)
    assert file.exists() and folder.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert room.delete(f"training/{run.pk}").status_code == 204
    assert not TrainingRun.objects.exists() and not Prediction.objects.exists()
    assert not file.exists() and not folder.exists()
    assert not Job.objects.unfinished().exists()
    assert room.corpus.feature_sets.count() == 1


def test_a_prediction_is_asked_for_told_and_downloaded(room):
    run = room.trained(room.imported("tones"))
    answer = room.post(f"training/{run.pk}/predictions", {"clips": "labeled", "missing": "mask"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["ready"], told["rows"], told["job"]["total"]) == (False, None, 8)
    early = room.get(f"training/{run.pk}/predictions/{told['id']}/file")
    assert room.refusal(early) == (404, "prediction_not_ready")
    ready = trained.predicted(run, room.root)
    listed = room.get(f"training/{run.pk}/predictions").json()
    assert [(each["id"], each["ready"]) for each in listed] == [
        (ready.pk, True),
        (told["id"], False),
    ]
    file = room.get(f"training/{run.pk}/predictions/{ready.pk}/file")
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode())))
    assert [row["name"] for row in rows] == list(CLIPS)
    assert all(abs(float(r["p_happiness"]) + float(r["p_sadness"]) - 1) < 1e-6 for r in rows)
    folders.of_prediction(ready).unlink()
    gone = room.get(f"training/{run.pk}/predictions/{ready.pk}/file")
    assert room.refusal(gone) == (404, "prediction_file_missing")


def test_nothing_to_predict_is_refused(room):
    run = room.trained(room.imported("tones"))
    answer = room.post(f"training/{run.pk}/predictions", {"clips": "unlabeled"})
    assert room.refusal(answer) == (409, "no_such_clips_to_predict")


def test_a_prediction_of_another_run_is_not_there(room):
    tones = room.imported("tones")
    first, second = room.trained(tones), room.trained(tones)
    prediction = trained.predicted(first, room.root)
    path = f"predictions/{prediction.pk}/file"
    assert room.get(f"training/{second.pk}/{path}").status_code == 404


def test_predictions_are_listed_in_as_many_queries_whatever_their_number(
    room, django_assert_num_queries
):
    run = room.trained(room.imported("tones"))

    def listed() -> int:
        # session, person, corpus; run, results, features; predictions; workers (2)
        with django_assert_num_queries(9):
            return len(room.get(f"training/{run.pk}/predictions").json())

    trained.predicted(run, room.root)
    assert listed() == 1
    for _ in range(3):
        trained.predicted(run, room.root)
    assert listed() == 4


def test_a_stopped_run_is_gone_on_with_a_complete_or_working_one_is_not(room):
    tones = room.imported("tones")
    run = trained.asked(room.corpus, [tones], room.root)[0]
    path = f"training/{run.pk}/resume"
    assert room.refusal(room.post(path)) == (409, "run_is_under_way")
    trained.stopped(run)
    answer = room.post(path)
    assert (answer.status_code, answer.json()["job"]["state"]) == (202, "queued")
    complete = room.trained(tones)
    again = room.post(f"training/{complete.pk}/resume")
    assert room.refusal(again) == (409, "run_is_complete")
