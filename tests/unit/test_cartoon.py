"""The demo's cartoon clips: real encodes, probed with PyAV as an import would."""

from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from collection import practice
from collection.cartoon import (
    MOODS,
    demo_cast,
    draw_clip,
    example_cast,
    labeled_cast,
    unopened_cast,
)
from collection.cartoon.clip import Scene
from collection.cartoon.person import HAIRSTYLES, draw_person
from collection.cartoon.practice import draw_missing
from collection.cartoon.voice import RATE
from collection.probing import probe
from collection.storage import media_path

SIX = ["neutral", "anger", "happiness", "sadness", "worry", "surprise"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a folder with 空格")
    return draw_clip("happiness", 7, folder / "demo_00000001.mp4")


def heard_pitch(samples: np.ndarray) -> float:
    """Median fundamental frequency (Hz) of the voiced parts, by autocorrelation."""
    found = []
    for start in range(0, len(samples) - 2048, 960):
        piece = samples[start : start + 2048]
        if np.sqrt(np.mean(piece**2)) < 0.03:
            continue
        likeness = np.fft.irfft(np.abs(np.fft.rfft(piece, 8192)) ** 2)[: RATE // 70]
        lag = RATE // 600 + int(np.argmax(likeness[RATE // 600 :]))
        if likeness[lag] > 0.4 * likeness[0]:
            found.append(RATE / lag)
    return float(np.median(found))


@cache
def full_expression(emotion: str, seed: int) -> np.ndarray:
    scene = Scene(emotion, seed)
    scene.blinks = np.array([-1.0])
    return scene.picture(1.4).astype(float)


def test_a_clip_plays_in_every_browser(clip: Path) -> None:
    with av.open(str(clip)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.average_rate) == (640, 480, 25)
        assert (audio.codec_context.name, audio.channels, audio.rate) == ("aac", 1, RATE)
        assert film.duration is not None
        assert 2 <= film.duration / av.time_base <= 6
    content = clip.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat"), "not faststart"
    assert len(content) < 150_000


def test_every_frame_of_a_clip_decodes_and_its_sound_is_a_voice(clip: Path) -> None:
    scene = Scene("happiness", 7)
    with av.open(str(clip)) as film:
        frames = sum(1 for _ in film.decode(video=0))
    with av.open(str(clip)) as film:
        sound = np.concatenate([f.to_ndarray().ravel() for f in film.decode(audio=0)])
    assert frames == len(scene.speech.envelope)
    assert np.sqrt(np.mean(sound**2)) > 0.03
    assert np.abs(sound).max() < 1
    assert np.sqrt(np.mean(sound[: RATE // 5] ** 2)) < 0.01, "it speaks before the face moves"


def test_nothing_but_the_clip_is_left_in_the_folder(clip: Path) -> None:
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]


def test_the_same_seed_gives_the_same_clip(clip: Path, tmp_path: Path) -> None:
    again = draw_clip("happiness", 7, tmp_path / "again.mp4")
    assert again.read_bytes() == clip.read_bytes()
    first, second = Scene("worry", 3), Scene("worry", 3)
    assert np.array_equal(first.speech.samples, second.speech.samples)
    assert np.array_equal(first.picture(1.2), second.picture(1.2))


def test_another_seed_gives_another_person() -> None:
    assert len({draw_person(seed) for seed in range(24)}) == 24
    assert not np.array_equal(full_expression("neutral", 1), full_expression("neutral", 2))


@pytest.mark.parametrize(("one", "other"), list(combinations(MOODS, 2)))
def test_two_emotions_look_different_on_the_same_person(one: str, other: str) -> None:
    difference = np.abs(full_expression(one, 5) - full_expression(other, 5))
    assert np.mean(difference.max(axis=2) > 60) > 0.01  # of all pixels


@pytest.mark.parametrize("emotion", [e for e in MOODS if e != "neutral"])
def test_an_expression_grows_out_of_a_neutral_face(emotion: str) -> None:
    scene, at_rest = Scene(emotion, 5), Scene("neutral", 5)
    assert scene.expression(0).brow_lift == pytest.approx(at_rest.expression(0).brow_lift, abs=0.5)
    assert scene.expression(0).smile == pytest.approx(MOODS["neutral"].face.smile)
    assert scene.expression(2).smile != pytest.approx(MOODS["neutral"].face.smile, abs=0.05)


@pytest.mark.parametrize("emotion", SIX)
def test_the_mouth_opens_with_the_voice(emotion: str) -> None:
    scene = Scene(emotion, 11)
    times = np.arange(len(scene.speech.envelope)) / 25
    spoken = times > 0.9  # the expression is there and changes the mouth no more
    jaws = np.array([scene.expression(t).jaw for t in times])
    assert np.corrcoef(jaws[spoken], scene.speech.envelope[spoken])[0, 1] > 0.95


def test_a_blink_closes_the_eyes() -> None:
    scene = Scene("neutral", 4)
    assert scene.expression(float(scene.blinks[0])).eye_open == 0
    assert scene.expression(float(scene.blinks[0]) - 0.5).eye_open > 0.8


@pytest.mark.parametrize("seed", range(3))
def test_voices_differ_as_the_feelings_do(seed: int) -> None:
    speech = {emotion: Scene(emotion, seed).speech.samples for emotion in SIX}
    loud = {emotion: np.sqrt(np.mean(samples**2)) for emotion, samples in speech.items()}
    pitch = {emotion: heard_pitch(samples) for emotion, samples in speech.items()}
    assert loud["sadness"] < loud["neutral"] < loud["anger"]
    assert pitch["sadness"] < pitch["neutral"] < pitch["surprise"]
    assert pitch["neutral"] < pitch["happiness"]


@pytest.mark.parametrize("emotion", [*MOODS, "happiness+surprise", "sadness+worry"])
def test_every_clip_lasts_2_to_6_seconds(emotion: str) -> None:
    for seed in range(5):
        assert 2 <= Scene(emotion, seed).speech.duration <= 6


@pytest.mark.parametrize("hairstyle", HAIRSTYLES)
def test_every_hairstyle_can_be_drawn(hairstyle: str) -> None:
    seed = next(s for s in range(200) if draw_person(s).hairstyle == hairstyle)
    assert Scene("surprise", seed).picture(1).shape == (480, 640, 3)


def test_a_mix_lies_between_its_two_emotions() -> None:
    low, high = MOODS["sadness"].voice.pitch, MOODS["surprise"].voice.pitch
    assert Scene("sadness+surprise", 1).mood.voice.pitch == pytest.approx((low + high) / 2)


@pytest.mark.parametrize("emotion", ["happy", "", "anger+", "anger+worry+neutral"])
def test_an_unknown_emotion_is_refused_by_name(emotion: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot be drawn; name one of neutral, anger"):
        draw_clip(emotion, 1, tmp_path / "clip.mp4")
    assert not list(tmp_path.iterdir())


def test_the_demo_cast_covers_the_six_emotions_evenly_and_has_ambiguous_clips() -> None:
    cast = demo_cast(1)
    counts = Counter(member.emotion for member in cast)
    assert len(cast) == 24
    assert [counts[emotion] for emotion in SIX] == [3] * 6
    assert sum("+" in member.emotion for member in cast) == 5
    assert counts["other"] == 1
    assert all(set(member.emotions) <= set(MOODS) for member in cast)


def test_the_examples_show_each_emotion_plainly_under_names_of_their_own() -> None:
    cast, examples = demo_cast(1), example_cast(1)
    assert [member.emotion for member in examples] == list(SIX)
    for of in ("name", "seed", "transcript"):
        assert len({getattr(member, of) for member in (*cast, *examples)}) == 30


def test_the_baseline_is_trained_on_five_plain_clips_of_each_emotion_of_their_own() -> None:
    labeled = labeled_cast(1)
    assert Counter(member.emotion for member in labeled) == dict.fromkeys(SIX, 5)
    everybody = (*demo_cast(1), *example_cast(1), *labeled)
    for of in ("name", "seed", "transcript"):
        assert len({getattr(member, of) for member in everybody}) == 60


def test_there_are_two_plain_clips_of_each_emotion_to_select_from() -> None:
    unopened = unopened_cast(1)
    assert Counter(member.emotion for member in unopened) == dict.fromkeys(SIX, 2)
    everybody = (*demo_cast(1), *example_cast(1), *labeled_cast(1), *unopened)
    for of in ("name", "transcript"):
        assert len({getattr(member, of) for member in everybody}) == 72
    assert len({(member.seed, member.take) for member in everybody}) == 72
    labeled = {one.seed: (one.emotion, one.speaker) for one in labeled_cast(1)}
    assert [labeled[one.seed] for one in unopened] == [(m.emotion, m.speaker) for m in unopened]


def test_another_take_is_the_same_person_who_says_something_else() -> None:
    first, second = Scene("worry", 3), Scene("worry", 3, take=1)
    assert first.person == second.person
    assert not np.array_equal(first.speech.samples, second.speech.samples)


def test_practice_clips_are_drawn_once_and_are_as_long_as_is_said(
    settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    assert practice.missing() == list(practice.SEEDS)
    assert list(draw_missing()) == list(practice.SEEDS)
    drawn = {mood: media_path(practice.relative_path_of(mood)) for mood in practice.SEEDS}
    for mood, path in drawn.items():
        assert probe(path, mood).duration == pytest.approx(practice.DURATIONS[mood], abs=0.1)
    kept = {mood: path.stat().st_mtime_ns for mood, path in drawn.items()}
    drawn["anger"].unlink()
    assert list(draw_missing()) == ["anger"]
    assert drawn["sadness"].stat().st_mtime_ns == kept["sadness"]
    assert sorted(path.name for path in drawn["anger"].parent.iterdir()) == [
        "anger.mp4",
        "happiness.mp4",
        "sadness.mp4",
    ]


def test_the_demo_cast_has_stable_names_and_no_two_clips_alike() -> None:
    cast = demo_cast(1)
    assert cast == demo_cast(1) != demo_cast(2)
    assert cast[0].name == "demo_00000001"
    assert len({m.name for m in cast}) == len({m.seed for m in cast}) == 24
    assert len({m.transcript for m in cast}) == 24
    assert all(m.video and m.speaker and m.transcript for m in cast)
