"""Clips made on the fly, and the command that extracts from them."""

import csv
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from baseline.extracting.worker import Asked, ClipSource

ROOT = Path(__file__).parents[3]
SPEECH, WORDS, LOOKS = Asked("speech-embedding"), Asked("character-ngrams"), Asked("fer2013")


def tone(file: Path, frequency: float, seconds: float = 0.9) -> ClipSource:
    at = np.arange(int(16_000 * seconds)) / 16_000
    samples = 8000 * np.sin(2 * np.pi * frequency * at * (1 + 0.1 * np.sin(9 * at)))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(samples.astype("<i2").tobytes())
    return ClipSource(file.stem, file, "")


def tones(folder: Path, count: int, seconds: float = 0.9) -> list[ClipSource]:
    return [
        tone(folder / f"clip_{number:03}.wav", 200 + 30 * number, seconds)
        for number in range(count)
    ]


def said(name: str, transcript: str) -> ClipSource:
    return ClipSource(name, None, transcript)


def table(folder: Path, clips: Sequence[ClipSource]) -> Path:
    file = folder / "clips.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = [(clip.name, clip.file.name if clip.file else "", clip.transcript) for clip in clips]
        csv.writer(out).writerows([("name", "file", "transcript"), *rows])
    return file


def command(clips: Path, into: Path, *options: str, kind: str = SPEECH.kind) -> list[str]:
    given = ["--kind", kind, "--clips", str(clips), "--into", str(into), "--name", "tones"]
    return [sys.executable, "-m", "baseline", "extract", *given, "--progress", "lines", *options]


def started(clips: Path, into: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(clips, into, "--processes", "2", *options),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
