"""What can be extracted by, as the web process sees it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import baseline
from baseline.errors import Fault
from baseline.extracting import catalog
from baseline.modalities import MODALITIES

ROOT = Path(baseline.__file__).parents[1]


def python(*flags: str, code: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, *flags, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_each_modality_has_one_default_and_it_is_there_without_an_extra() -> None:
    defaults = [each for each in catalog.EXTRACTORS if each.default]
    assert sorted(each.modality for each in defaults) == sorted(MODALITIES)
    assert [each.available() for each in defaults] == [None, None, None]
    assert not any(each.takes_model for each in defaults)


def test_words_are_extracted_where_no_decoder_is_installed() -> None:
    code = """
import sys
sys.modules["av"] = None
from baseline.extracting import catalog, character_ngrams, worker
clip = worker.ClipSource("a", None, "how dare you")
print(len(worker.row_of(character_ngrams.load(), catalog.of("character-ngrams"), clip)))
"""
    assert python(code=code) == "512\n"


def test_what_is_needed_is_what_the_modality_is_extracted_from() -> None:
    needs = {(each.modality, each.needs) for each in catalog.EXTRACTORS}
    assert needs == {("acoustic", "audio"), ("lexical", "text"), ("visual", "frames")}


@pytest.mark.parametrize("extractor", catalog.EXTRACTORS, ids=lambda each: each.kind)
def test_each_kind_is_a_function_of_three_options(extractor: catalog.Extractor) -> None:
    source = (ROOT / "baseline/extracting" / f"{extractor.module}.py").read_text(encoding="utf-8")
    functions = {
        node.name: [argument.arg for argument in node.args.args]
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
    assert functions[extractor.loaded_by] == ["model", "layers", "pooling"]


def test_asking_what_is_there_loads_no_library() -> None:
    code = (
        "import sys; from baseline.extracting import catalog, failures;"
        "[each.available() for each in catalog.EXTRACTORS];"
        "print([name for name in ('torch', 'numpy', 'cv2', 'av', 'onnxruntime', 'sklearn',"
        "'transformers', 'h5py', 'opensmile') if name in sys.modules])"
    )
    assert python(code=code).strip() == "[]"


def test_without_its_package_each_kind_says_what_to_install() -> None:
    """An interpreter that sees no installed package."""
    code = (
        "from baseline.extracting import catalog\n"
        "for each in catalog.EXTRACTORS:\n"
        "    why = each.available()\n"
        "    print(each.kind, why.code if why else '', 'bin/setup' in (why.text if why else ''))"
    )
    said = {
        kind: rest
        for kind, *rest in (line.split() for line in python("-S", code=code).splitlines())
    }
    for kind in ("mel-bands", "character-ngrams"):
        assert said.pop(kind) == ["False"]  # they need nothing
    assert {kind: code for kind, (code, _) in said.items()} == {
        "speech-embedding": "package_missing",
        **dict.fromkeys(["is09", "is10", "egemaps"], "opensmile_missing"),
        **dict.fromkeys(["hubert", "wav2vec2", "wavlm", "bert"], "transformers_missing"),
        **dict.fromkeys(["e5-small", "fer2013", "resnet"], "package_missing"),
    }
    assert {way_out for _, way_out in said.values()} == {"True"}


def test_a_kind_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Fault) as refused:
        catalog.of("mel")
    assert refused.value.code == "extractor_unknown"
    assert "fer2013" in refused.value.text
