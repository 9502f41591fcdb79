"""Acoustic features: what comes out is what the models say, for clips of every length."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from baseline.errors import Fault
from baseline.extracting import mel_bands, packaged, speech_embedding, speech_models
from tests.unit.baseline import tiny_models
from tests.unit.baseline.tiny_models import RATE, noise

# --- the speech embedding ---------------------------------------------------------------------


def embedding_at_once(audio: np.ndarray) -> np.ndarray:
    """The mel bands of the whole clip in one go, then one window after the other."""
    mel, embedding = (
        onnxruntime.InferenceSession(packaged.find(file), providers=["CPUExecutionProvider"])
        for file in (packaged.MELSPECTROGRAM, packaged.SPEECH_EMBEDDING)
    )
    bands = mel.run(None, {"input": audio[None]})[0][0, 0] / 10 + 2
    rows = [
        embedding.run(None, {"input_1": bands[first : first + 76][None, :, :, None]})[0].ravel()
        for first in range(0, len(bands) - 75, 8)
    ]
    return np.stack(rows)


@pytest.mark.parametrize("seconds", [0.782, 0.862, 10.95, 11.03])
def test_a_clip_read_in_parts_has_the_embedding_of_a_clip_read_at_once(seconds: float) -> None:
    audio = noise(seconds)
    found = speech_embedding.load()(audio)
    assert found is not None
    np.testing.assert_allclose(found, embedding_at_once(audio), atol=2e-5)


def test_a_clip_shorter_than_the_window_is_heard_again_instead_of_silence_after_it() -> None:
    extract: Any = speech_embedding.load()
    short = noise(0.3)
    again = extract(np.concatenate([short, short, short[: speech_embedding.WINDOW - 9600]]))
    assert np.shape(again) == (1, extract.dimension)
    np.testing.assert_array_equal(extract(short), again)


# --- every extractor of sound -----------------------------------------------------------------


@pytest.fixture(params=["speech-embedding", "mel-bands", "hubert", "opensmile"])
def extract(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "speech-embedding":
        return speech_embedding.load()
    if request.param == "mel-bands":
        return mel_bands.load()
    if request.param == "hubert":
        return speech_models.hubert(tiny_models.speech(tmp_path / "hubert", "hubert"))
    pytest.importorskip("opensmile", reason="openSMILE is an extra")
    from baseline.extracting import opensmile_sets

    return opensmile_sets.egemaps()


def test_no_sound_has_no_features(extract: Callable) -> None:
    assert extract(np.zeros(0, np.float32)) is None


def test_digital_silence_and_a_click_have_features(extract: Callable) -> None:
    for audio in (np.zeros(RATE, np.float32), np.ones(1, np.float32)):
        assert np.isfinite(extract(audio)).all()


def test_sound_that_is_no_numbers_is_said_to_be_damaged(extract: Callable) -> None:
    audio = noise(2)
    audio[RATE] = np.nan
    with pytest.raises(Fault) as said:
        extract(audio)
    assert said.value.code == "sound_not_finite"


def test_the_same_sound_has_the_same_features(extract: Callable) -> None:
    np.testing.assert_array_equal(extract(noise(1.5)), extract(noise(1.5)))


# --- mel bands --------------------------------------------------------------------------------


def band_of(pitch: float) -> int:
    """Which of 40 triangles between 50 and 7600 Hz has its top nearest on the mel scale."""
    low, high, at = (1127 * np.log(1 + hertz / 700) for hertz in (50, 7600, pitch))
    return round((at - low) / (high - low) * 41) - 1


def level(features: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    assert features is not None
    means, deviations, changes = features.reshape(3, 40)
    return means, deviations, changes


@pytest.mark.parametrize("pitch", [300, 1000, 3000, 6000])
def test_a_tone_is_loudest_in_its_own_mel_band(pitch: int) -> None:
    tone = 0.1 * np.sin(2 * np.pi * pitch * np.arange(RATE) / RATE).astype(np.float32)
    means, deviations, _ = level(mel_bands.load()(tone))
    assert means.argmax() == band_of(pitch)
    assert deviations[band_of(pitch)] < 0.1  # dB: it stays as loud as it is


def test_twice_the_amplitude_is_6_decibels_more_in_every_band() -> None:
    extract, audio = mel_bands.load(), noise(25)
    once, twice = level(extract(audio)), level(extract(2 * audio))
    np.testing.assert_allclose(twice[0] - once[0], 20 * np.log10(2), atol=1e-3)
    np.testing.assert_allclose(twice[1:], once[1:], atol=1e-3)


def test_white_noise_is_as_loud_in_every_mel_band() -> None:
    """Up to the bands of one or two frequencies, whose level in dB varies more."""
    audio = np.random.default_rng(4).normal(size=60 * RATE).astype(np.float32) * 0.1
    means = level(mel_bands.load()(audio))[0]
    assert np.ptp(means[20:]) < 1
    assert np.ptp(means) < 3


def test_a_voice_that_swells_and_fades_changes_and_deviates() -> None:
    """20 dB up in a second and down in another: 0.2 dB a frame, and the deviation of what runs
    evenly through a range is the range / √12."""
    seconds = np.arange(2 * RATE) / RATE
    loudness = 20 * (1 - np.abs(seconds - 1))  # dB
    tone = 0.01 * np.sin(2 * np.pi * 1000 * seconds) * 10 ** (loudness / 20)
    _, deviations, changes = level(mel_bands.load()(tone.astype(np.float32)))
    assert changes[band_of(1000)] == pytest.approx(0.2, rel=0.05)
    assert deviations[band_of(1000)] == pytest.approx(20 / np.sqrt(12), rel=0.03)


# --- openSMILE --------------------------------------------------------------------------------


def test_opensmile_hears_the_pitch_of_a_tone() -> None:
    pytest.importorskip("opensmile", reason="openSMILE is an extra")
    from baseline.extracting import opensmile_sets

    seconds = np.arange(3 * RATE) / RATE
    waves = [np.sin(2 * np.pi * 220 * k * seconds) / k for k in range(1, 9)]
    tone = 0.2 * np.sum(waves, axis=0)
    features = opensmile_sets.egemaps()(tone.astype(np.float32))
    assert features is not None
    # The first of eGeMAPS: mean F0 in semitones above 27.5 Hz; 220 Hz are three octaves above.
    assert features[0] == pytest.approx(36, abs=0.1)


def test_sound_beyond_full_scale_is_cut_off_by_opensmile_instead_of_turned_over() -> None:
    """Decoded MP3 and AAC overshoot; as 16-bit integers 1.01 would come out as −0.99."""
    pytest.importorskip("opensmile", reason="openSMILE is an extra")
    from baseline.extracting import opensmile_sets

    extract = opensmile_sets.egemaps()
    tone = 1.05 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE).astype(np.float32)
    np.testing.assert_array_equal(extract(tone), extract(np.clip(tone, -1, 32767 / 32768)))


def test_a_clip_of_minutes_has_the_average_of_its_parts_by_opensmile() -> None:
    opensmile = pytest.importorskip("opensmile", reason="openSMILE is an extra")
    from baseline.extracting import opensmile_sets

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.IS09, feature_level=opensmile.FeatureLevel.Functionals
    )
    audio = np.concatenate([noise(40), noise(41, seed=1) / 2])
    halves = [smile.process_signal(half, RATE).to_numpy()[0] for half in np.split(audio, 2)]
    extract: Any = opensmile_sets.is09()
    np.testing.assert_allclose(extract(audio), sum(halves) / 2, rtol=1e-5)
    short = audio[: 60 * RATE]
    np.testing.assert_array_equal(extract(short), smile.process_signal(short, RATE).to_numpy()[0])


def test_opensmile_sets_have_the_dimensions_of_the_paper() -> None:
    pytest.importorskip("opensmile", reason="openSMILE is an extra")
    from baseline.extracting import opensmile_sets as sets

    for load, dimension in ((sets.is09, 384), (sets.is10, 1582), (sets.egemaps, 88)):
        extract: Any = load()
        assert np.shape(extract(noise(1))) == (dimension,) == (extract.dimension,)


# --- options ---


@pytest.mark.parametrize("option", ["model", "layers", "pooling"])
def test_an_option_without_a_choice_is_refused_by_name(option: str) -> None:
    with pytest.raises(Fault) as said:
        speech_embedding.load(**{option: "max"})
    assert said.value.code == "option_not_taken"
    assert option in said.value.text and "max" in said.value.text
