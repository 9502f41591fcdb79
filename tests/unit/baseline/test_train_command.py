"""`python -m baseline train` as people and programs start it, and end it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from baseline import run_folder
from baseline.__main__ import COMMANDS, main
from tests.unit.baseline.drawn_corpus import draw
from tests.unit.baseline.test_grid import ROOT, children_of, is_alive, wait_until

LONG = ["--hidden", "4", "--learning-rates", "1e-2", "--folds", "3", "--epochs", "100000"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    draw(folder)
    return folder


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """As a program starts it: it reads lines, and its death closes the standard input."""
    common = ("--progress", "lines", "--while-stdin-open")
    return subprocess.Popen(
        [sys.executable, "-m", "baseline", "train", *arguments, *common],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_whatever_ends_a_training_leaves_no_process_behind(corpus: Path) -> None:
    """1. Two trainings run; progress comes as lines, and the status says the epochs.
    2. SIGTERM: exit status 143, the run is stopped, no process is left.
    3. Started again; one of its processes is killed, as where memory runs out: a fault, and no
       process is left.
    4. Started again; then its standard input closes, as when who started it was killed.
    """
    given = ["--features", "A,L", "--labels", "labels.csv", "--into", "run", *LONG]
    process = started(corpus, *given, "--processes", "2")
    run = corpus / "run"
    wait_until(lambda: (run / "status.json").exists() and running(run) == 2)
    children = children_of(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 143
    output, _ = process.communicate()
    assert not any(map(is_alive, children))
    assert run_folder.status(run)["state"] == "stopped"
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines and {line["code"] for line in lines} == {"training_folds"}
    assert {(line["done"], line["total"]) for line in lines} == {(0, 9)}
    assert [set(line) for line in lines] == [{"done", "total", "code", "text", "params"}] * len(
        lines
    )

    process = started(corpus, "--resume", "run", "--processes", "2")
    wait_until(lambda: running(run) == 2)
    children = children_of(process.pid)
    os.kill(children[0], signal.SIGKILL)
    assert process.wait(timeout=30) == 2
    assert not any(map(is_alive, children))
    *_, last = process.communicate()[0].splitlines()
    assert json.loads(last)["fault"]["code"] == "training_process_died"
    assert run_folder.status(run)["state"] == "failed"

    process = started(corpus, "--resume", "run", "--processes", "2")
    wait_until(lambda: running(run) == 2)
    children = children_of(process.pid)
    process.communicate(timeout=30)  # closes the input first
    assert process.returncode == 143
    wait_until(lambda: not any(map(is_alive, children)), within=15)
    assert run_folder.status(run)["state"] == "stopped"


def running(run: Path) -> int:
    told = run_folder.status(run)
    return len(told["running"]) if told["state"] == "running" else 0


def test_a_run_that_another_process_trains_is_left_alone(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(corpus)
    monkeypatch.setattr(run_folder, "PATIENCE_S", 0.1)
    given = ["train", "--features", "A", "--labels", "labels.csv", "--into", "held", *LONG]
    Path("held").mkdir()
    with run_folder.locked(Path("held")):
        assert main(given) == 2
    assert "another process trains this run" in capfd.readouterr().err


def test_a_single_run_is_told_without_a_deviation(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(corpus)
    given = ["train", "--features", "A", "--labels", "labels.csv", "--processes", "1"]
    given += ["--hidden", "4", "--learning-rates", "1e-2", "--folds", "2", "--epochs", "1"]
    assert main([*given, "--into", "once", "--runs", "1"]) == 0
    assert "±" not in capfd.readouterr().out
    assert main([*given, "--into", "twice", "--runs", "2"]) == 0
    assert capfd.readouterr().out.count("±") == 3


def test_a_network_that_does_not_fit_into_memory_is_refused(
    corpus: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = ["--features", str(corpus / "A"), "--labels", str(corpus / "labels.csv")]
    assert main(["train", *given, "--into", str(tmp_path / "run"), "--hidden", "9999999999"]) == 2
    assert "error: There is not enough memory for a network of this" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name a folder: --into for a new run, or --resume to go on with one."),
        (["--into", "x"], "A new run needs --features and --labels."),
        (["--into", "x", "--resume", "y"], "Name a folder"),
        (["--resume", "x", "--labels", "y"], "--resume goes on with a run as it is"),
        (
            ["--resume", "x", "--epochs", "7", "--group-by", "video"],
            "without --epochs, --group-by.",
        ),
        (["--into", "x", "--epochs", "many"], "invalid int value: 'many'"),
        (["--speed", "9"], "Unrecognized arguments: --speed 9"),
        (["--variant", "improved"], "invalid choice: 'improved'"),
        (["A", "--hidden", "8,x"], '--hidden takes numbers with commas between, not "8,x".'),
        (["A", "--valence-range=5"], "rgument --valence-range: it takes two numbers"),
        (["A", "--learning-rates", "1e-3,0"], "Learning rate 0: a learning rate is greater than 0"),
        (["A", "--folds", "31"], "Class anger has 30 labeled clips, and 31 folds need 31"),
        (["A", "--classes", "neutral,worry"], '"anger": not one of the classes (neutral, worry)'),
        (["A,A"], "there is another acoustic feature set"),
        (["A,B"], "this is not a feature set"),
        (["A", "--device", "cuda"], "there is no GPU here that PyTorch can use"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    """Status 2 and a sentence on standard error; for programs a line with the code."""
    monkeypatch.chdir(corpus)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    if arguments and not arguments[0].startswith("--"):
        stores, *rest = arguments
        arguments = ["--features", stores, "--labels", "labels.csv", "--into", "new", *rest]
    assert main(["train", *arguments]) == 2
    output, errors = capfd.readouterr()
    assert errors.startswith("error: ") and sentence in errors and errors.count("\n") == 1
    assert output == ""
    assert main(["train", *arguments, "--progress", "lines"]) == 2
    output, errors = capfd.readouterr()
    fault = json.loads(output)["fault"]
    assert sentence in fault["text"] and fault["code"]
    assert errors == ""
    assert not Path("new").exists()


def test_every_command_is_listed_and_an_unknown_one_is_refused(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    listed = capfd.readouterr().out
    assert all(f"  {name} " in listed for name in COMMANDS)
    assert main(["learn"]) == 2
    assert '"learn" is no command.' in capfd.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_its_arguments(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--progress" in capfd.readouterr().out
