"""Weights inside packages: found without running the package, and known bit by bit."""

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from baseline.errors import Fault
from baseline.extracting import packaged
from baseline.extracting.packaged import Packaged

ROOT = Path(__file__).parents[3]
KNOWN = [
    packaged.MELSPECTROGRAM,
    packaged.SPEECH_EMBEDDING,
    packaged.E5_WEIGHTS,
    packaged.FACE_DETECTOR,
    packaged.FER2013_WEIGHTS,
]


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packaged:
    """A file in a package that cannot be imported."""
    folder = tmp_path / "brings_weights"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "data" / "net.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    digest = hashlib.sha256(b"weights").hexdigest()
    return Packaged("brings_weights", "brings-weights", "data/net.bin", digest)


@pytest.mark.parametrize("file", KNOWN, ids=lambda file: file.path)
def test_what_the_defaults_rest_on_is_there_and_is_what_it_was(file: Packaged) -> None:
    assert packaged.missing(file) is None
    assert packaged.find(file).is_file()


def test_weights_are_found_without_importing_their_package(weights: Packaged) -> None:
    assert packaged.find(weights).read_bytes() == b"weights"
    assert "brings_weights" not in sys.modules


def test_one_changed_byte_is_noticed(weights: Packaged) -> None:
    packaged.find(weights).write_bytes(b"Weights")
    with pytest.raises(Fault) as said:
        packaged.find(weights)
    assert said.value.code == "weights_changed"
    assert "net.bin" in said.value.text


@pytest.mark.parametrize(
    "change", [{"package": "not_installed"}, {"package": "not.installed"}, {"path": "gone.bin"}]
)
def test_weights_that_are_not_there_are_missing(weights: Packaged, change: dict[str, str]) -> None:
    file = dataclasses.replace(weights, **change)
    fault = packaged.missing(file)
    assert fault and fault.code == "package_missing"
    with pytest.raises(Fault, match="bin/setup"):
        packaged.find(file)


def test_a_python_without_packages_says_what_to_install() -> None:
    """In a process of its own, without site-packages; so this is also all that it needs."""
    code = (
        "from baseline.extracting import packaged as p\n"
        "print(p.missing(p.E5_WEIGHTS).code, p.missing(p.SPEECH_EMBEDDING).code)\n"
        "print(p.opensmile_missing().text)\n"
        "print(p.transformers_missing().text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    codes, opensmile, transformers = done.stdout.splitlines()
    assert codes == "package_missing package_missing"
    assert "bin/setup --opensmile" in opensmile and "research only" in opensmile
    assert "bin/setup --transformers" in transformers
