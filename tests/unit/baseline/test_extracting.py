"""Extraction of many clips: rows, failures, going on. Real processes and real extractors."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from baseline.errors import Fault
from baseline.extracting import e5_small, failures, fer2013, speech_embedding
from baseline.extracting.run import extract, unfinished
from baseline.extracting.worker import Asked, ClipSource, average
from baseline.media import frames, sound
from baseline.stores import FeatureStore
from collection.cartoon.clip import Scene
from tests.films import ffmpeg, film
from tests.unit.baseline.clips_to_extract import (
    LOOKS,
    ROOT,
    SPEECH,
    WORDS,
    command,
    said,
    tone,
    tones,
)


def test_each_row_is_what_the_extractor_gives_of_that_clip_in_the_order_given(
    tmp_path: Path,
) -> None:
    clips = tones(tmp_path, 9)[::-1]
    seen: list[tuple[int, int, str]] = []
    store = extract(
        SPEECH, clips, tmp_path / "store", "tones", processes=2,
        progress=lambda done, total, clip: seen.append((done, total, clip)),
    ).store  # fmt: skip
    alone = speech_embedding.load()
    assert store.names == [clip.name for clip in clips]
    assert not store.empty.any()
    for clip, row in zip(clips, store.matrix, strict=True):
        assert clip.file
        heard = sound(clip.file)
        assert heard is not None
        vectors = alone(heard)
        assert vectors is not None
        assert row == pytest.approx(vectors.mean(axis=0), abs=1e-5)
    assert store.recipe == alone.recipe
    assert (store.name, store.modality, store.dimension) == ("tones", "acoustic", 96)
    assert [done for done, _, _ in seen] == list(range(10))
    assert {total for _, total, _ in seen} == {9}
    assert sorted(name for _, _, name in seen[1:]) == sorted(store.names)
    assert not unfinished(tmp_path / "store").exists()
    assert failures.read(tmp_path / "store") == []


def test_average_encoding_is_the_mean_over_time() -> None:
    features = np.array([[1, 2], [3, 6], [5, 1]], np.float32)
    assert average(features).tolist() == [3, 3]
    assert average(features[0]).tolist() == [1, 2]


def test_nothing_to_extract_from_is_an_empty_row_in_every_modality(tmp_path: Path) -> None:
    silent = film(tmp_path / "silent.mp4", sound=None, seconds=0.4)
    heard = tone(tmp_path / "heard.wav", 300)
    face = tmp_path / "face.png"
    cv2.imwrite(str(face), np.ascontiguousarray(Scene("neutral", 3).picture(0.5)[..., ::-1]))
    seen = tmp_path / "seen.mp4"
    ffmpeg("-loop", "1", "-t", "0.5", "-i", str(face), "-pix_fmt", "yuv420p", str(seen))
    clips = [
        ClipSource("silent", silent, " \n"),
        ClipSource("heard", heard.file, "好吧，那就这样。"),
        ClipSource("seen", seen, "Who turned off the light?"),
    ]
    empty = {}
    for asked in (SPEECH, WORDS, Asked("e5-small"), LOOKS):
        store = extract(asked, clips, tmp_path / asked.kind, asked.kind).store
        empty[asked.kind] = [
            name for name, flag in zip(store.names, store.empty, strict=True) if flag
        ]
        assert (store.matrix[store.empty] == 0).all()
        assert (np.abs(store.matrix[~store.empty]).max(axis=1) > 0).all()
    assert empty == {
        "speech-embedding": ["silent", "seen"],
        "character-ngrams": ["silent"],
        "e5-small": ["silent"],
        "fer2013": ["silent", "heard"],
    }
    looks = fer2013.load()(frames(seen, 5))
    assert looks is not None
    assert FeatureStore.open(tmp_path / "fer2013").take(["seen"])[0] == pytest.approx(
        looks.mean(axis=0), abs=1e-4
    )
    words = e5_small.load()("Who turned off the light?")
    assert (FeatureStore.open(tmp_path / "e5-small").take(["seen"])[0] == words).all()


def test_clips_that_fail_are_told_and_tried_again_and_the_others_go_on(tmp_path: Path) -> None:
    good = tones(tmp_path, 2)
    nothing, text = tmp_path / "nothing.wav", tmp_path / "text.mp4"
    nothing.touch()
    text.write_text("this is no film\n")
    clips = [
        ClipSource("nothing", nothing, ""),
        good[0],
        ClipSource("text", text, ""),
        ClipSource("no file", None, "but words"),
        good[1],
    ]
    into = tmp_path / "store"
    extracted = extract(SPEECH, clips, into, "some")
    assert extracted.store.names == ["clip_000", "clip_001"]
    assert extracted.failed == 3
    assert {failure.name: failure.code for failure in failures.read(into)} == {
        "nothing": "clip_cannot_be_read",
        "text": "clip_cannot_be_read",
        "no file": "clip_without_file",
    }
    tone(nothing, 500)
    extracted = extract(SPEECH, clips, into, "some", extend=True)
    assert extracted.store.names == ["nothing", "clip_000", "clip_001"]
    assert {failure.name for failure in failures.read(into)} == {"text", "no file"}
    tone(tmp_path / "text.wav", 600)
    repaired = [ClipSource("text", tmp_path / "text.wav", ""), *good]
    assert extract(SPEECH, repaired, into, "some", extend=True).failed == 1
    assert [failure.name for failure in failures.read(into)] == ["no file"]


def test_a_failure_torn_by_a_kill_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    into = tmp_path / "store"
    told = [
        failures.Failure("a", "clip_without_file", 'It says "no",\nthen ends.', {"kind": "é"}),
        failures.Failure("纸船", "extractor_broke", "…", {"why": "{x}", "count": 3}),
    ]
    for failure in told:
        failures.append(into, failure)
    assert failures.read(into) == told
    whole = failures.file_of(into).read_bytes()
    first = whole.index("纸船".encode())
    for end in range(first, len(whole) - 1):
        failures.file_of(into).write_bytes(whole[:end])
        assert failures.read(into) in (told[:1], told), end
    failures.write(into, [])
    assert not failures.file_of(into).exists()


def test_an_extended_feature_set_is_the_one_that_is_made_at_once(tmp_path: Path) -> None:
    clips = [said(f"clip_{number}", f"The boat leaves at {number}.") for number in range(12)]
    first = extract(WORDS, clips[:5], tmp_path / "grown", "words", processes=1).store
    seen: list[int] = []
    grown = extract(
        WORDS, clips, tmp_path / "grown", "words", extend=True, processes=1,
        progress=lambda done, total, clip: seen.append(done),
    ).store  # fmt: skip
    at_once = extract(WORDS, clips, tmp_path / "at once", "words", processes=2).store
    assert grown.digest == at_once.digest != first.digest
    assert seen == list(range(5, 13)), "what is there is not extracted again"
    again = extract(WORDS, clips[3:8], tmp_path / "grown", "words", extend=True)
    assert again.store.digest == at_once.digest


def test_what_would_mix_or_overwrite_rows_is_refused(tmp_path: Path) -> None:
    clips = [said("a", "one"), said("b", "two")]
    into = tmp_path / "store"
    extract(WORDS, clips[:1], into, "words")
    digest = FeatureStore.open(into).digest
    more = tones(tmp_path, 1)
    cases: list[tuple[str, Asked, list[ClipSource], bool]] = [
        ("feature_set_exists", WORDS, clips, False),
        ("feature_set_made_otherwise", Asked("e5-small"), clips, True),
        ("extractor_unknown", Asked("mel"), clips, True),
        ("option_not_taken", Asked("e5-small", layers="-1"), clips, True),
        ("clips_with_two_rows", WORDS, [*clips, said("a", "three")], True),
        ("clip_name_unfit", WORDS, [*clips, said("../c", "three")], True),
        ("feature_set_made_otherwise", SPEECH, more, True),
    ]
    for code, asked, given, extend in cases:
        with pytest.raises(Fault) as refused:
            extract(asked, given, into, "words", extend=extend)
        assert refused.value.code == code
    assert FeatureStore.open(into, verify=True).digest == digest
    assert not unfinished(into).exists()


def test_where_every_clip_fails_the_first_reason_is_told_and_no_feature_set_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.mp4").touch()
    clips = [ClipSource("a", tmp_path / "a.mp4", ""), ClipSource("b", None, "")]
    with pytest.raises(Fault) as refused:
        extract(SPEECH, clips, tmp_path / "store", "none")
    assert refused.value.code == "every_clip_failed"
    assert "a.mp4" in refused.value.text
    assert not (tmp_path / "store").exists()
    assert not unfinished(tmp_path / "store").exists()


def test_the_command_says_what_is_wrong_with_its_table(tmp_path: Path) -> None:
    bare, binary = tmp_path / "bare.csv", tmp_path / "binary.csv"
    bare.write_text("name,file\na,b.wav\n")
    binary.write_bytes(b"\xff\xfename")
    for file, code in (
        (bare, "clip_table_lacks_columns"),
        (binary, "clip_table_unreadable"),
        (tmp_path / "missing.csv", "file_not_usable"),
    ):
        ended = subprocess.run(
            command(file, tmp_path / "store"), cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 2, ended.stderr
        assert json.loads(ended.stdout)["fault"]["code"] == code
