"""Real speech: 92 acted German sentences (EmoDB, two speakers) and dialogue of a film of 1968.

An EmoDB name says who speaks (2 digits), which of ten sentences (3 characters), and the emotion
(W anger, N neutral, F joy, T sadness, L boredom, E disgust, A fear).
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from baseline import media
from baseline.extracting import character_ngrams, e5_small, mel_bands, speech_embedding


class Speech(NamedTuple):
    sounds: list[np.ndarray]
    speakers: np.ndarray
    sentences: np.ndarray
    emotions: np.ndarray


@pytest.fixture(scope="module")
def speech(real_data: Path) -> Speech:
    files = sorted((real_data / "emodb_original_2speakers").glob("*.wav"))
    assert len(files) == 92
    sounds = [media.sound(file) for file in files]
    names = [file.stem for file in files]
    return Speech(
        [sound for sound in sounds if sound is not None],
        np.array([name[:2] for name in names]),
        np.array([name[2:5] for name in names]),
        np.array([name[5] for name in names]),
    )


def accuracy(features: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> float:
    """Of a linear classifier that has heard none of the sentences it is asked about."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=5000))
    folds = GroupKFold(5)
    return float(cross_val_score(classifier, features, truth, cv=folds, groups=groups).mean())


def same_place_in_time(vectors: np.ndarray, places: int = 16) -> np.ndarray:
    """(T, D) → (places · D,): a sentence spoken slowly beside the same one spoken fast."""
    at = np.linspace(0, len(vectors) - 1, places).round().astype(int)
    return np.asarray(vectors[at]).ravel()


def test_the_speech_embedding_knows_a_sentence_spoken_by_somebody_else(speech: Speech) -> None:
    """What it was trained for. Ten sentences: by chance one in ten would be found."""
    extract: Any = speech_embedding.load()
    rows = np.stack([same_place_in_time(extract(sound)) for sound in speech.sounds])
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    found = []
    for number, row in enumerate(rows):
        others = np.flatnonzero(speech.speakers != speech.speakers[number])
        nearest = others[np.linalg.norm(rows[others] - row, axis=1).argmin()]
        found.append(speech.sentences[nearest] == speech.sentences[number])
    print(f"speech-embedding, sentence found at the other speaker: {np.mean(found):.2f}")
    assert np.mean(found) > 0.8


def test_the_default_acoustic_features_tell_speakers_and_emotions_apart(speech: Speech) -> None:
    """By the mean over time, as training sees it. The largest classes: 53 % and 29 %."""
    extract: Any = speech_embedding.load()
    means = np.stack([np.mean(extract(sound), axis=0) for sound in speech.sounds])
    speaker = accuracy(means, speech.speakers, speech.sentences)
    emotion = accuracy(means, speech.emotions, speech.sentences)
    print(f"speech-embedding: speaker {speaker:.2f}, emotion {emotion:.2f}")
    assert speaker > 0.65
    assert emotion > 0.42


def test_mel_bands_tell_speakers_and_emotions_apart_without_any_model(speech: Speech) -> None:
    extract: Any = mel_bands.load()
    rows = np.stack([extract(sound) for sound in speech.sounds])
    speaker = accuracy(rows, speech.speakers, speech.sentences)
    emotion = accuracy(rows, speech.emotions, speech.sentences)
    print(f"mel-bands: speaker {speaker:.2f}, emotion {emotion:.2f}")
    assert speaker > 0.85
    assert emotion > 0.65


@pytest.mark.parametrize(("kind", "least"), [("is09", 0.6), ("is10", 0.6), ("egemaps", 0.55)])
def test_opensmile_tells_emotions_apart(speech: Speech, kind: str, least: float) -> None:
    pytest.importorskip("opensmile", reason="openSMILE is an extra")
    from baseline.extracting import opensmile_sets

    extract: Any = getattr(opensmile_sets, kind)()
    rows = np.stack([extract(sound) for sound in speech.sounds])
    speaker = accuracy(rows, speech.speakers, speech.sentences)
    emotion = accuracy(rows, speech.emotions, speech.sentences)
    print(f"{kind}: speaker {speaker:.2f}, emotion {emotion:.2f}")
    assert speaker > 0.9
    assert emotion > least


@pytest.fixture(scope="module")
def scenes(real_data: Path) -> list[str]:
    """Four scenes' transcripts; `SOURCE.txt` is none."""
    files = sorted((real_data / "notld_film_audio").glob("*s_*.txt"))
    assert len(files) == 4
    return [file.read_text(encoding="utf-8").strip() for file in files]


def misheard(text: str) -> str:
    """As another recogniser would write it: no case, no punctuation, every ninth word lost."""
    words = "".join(char for char in text.casefold() if char.isalnum() or char == " ").split()
    return " ".join(word for number, word in enumerate(words) if number % 9 != 8)


@pytest.mark.parametrize("module", [e5_small, character_ngrams], ids=["e5-small", "ngrams"])
def test_a_misheard_transcript_lies_nearest_to_its_own_scene(
    scenes: list[str], module: Any
) -> None:
    extract: Any = module.load()
    spoken = np.stack([extract(scene) for scene in scenes])
    written = np.stack([extract(misheard(scene)) for scene in scenes])
    likeness = written @ spoken.T  # cosines: all rows have length 1
    others = likeness[~np.eye(len(scenes), dtype=bool)]
    print(f"{module.KIND}: own {likeness.diagonal().min():.3f}+, other {others.max():.3f}−")
    assert likeness.diagonal().min() > others.max()


def test_e5_finds_a_scene_by_a_summary_of_it_in_chinese(scenes: list[str]) -> None:
    summaries = [
        "路那边有一家餐馆。",
        "如果有什么东西想闯进来，我在上面能听见，马上下来处理。",
        "我不会再开这扇门了。让他走吧，他已经下定决心。",
        "新闻报道：全国各地发生谋杀，凶手吞食受害者的尸体。",
    ]
    extract: Any = e5_small.load()
    spoken = np.stack([extract(scene) for scene in scenes])
    told = np.stack([extract(summary) for summary in summaries])
    assert (told @ spoken.T).argmax(axis=1).tolist() == [0, 1, 2, 3]
