"""A voice-like tone: a glottal source through formants, in syllables without words."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from collection.cartoon.expressions import Prosody

Signal: TypeAlias = NDArray[np.float64]

RATE = 48_000  # Hz
FRAME = 2048
HOP = 1024
LEAD = 0.4  # s of silence before the voice
TAIL = 0.6

# First three formants (Hz) and how round the lips are.
VOWELS: dict[str, tuple[float, float, float, float]] = {
    "a": (800, 1250, 2600, 0.1),
    "e": (520, 1850, 2550, 0.0),
    "i": (310, 2250, 3000, 0.0),
    "o": (490, 900, 2450, 0.8),
    "u": (340, 800, 2350, 1.0),
}
BANDWIDTHS = (80.0, 110.0, 160.0, 250.0)


@dataclass(frozen=True)
class Syllable:
    start: float  # s
    length: float  # s that it sounds
    pitch: float  # semitones from the speaker's own
    glide: float  # semitones it moves while it sounds
    vowel: str
    onset: str  # stop, hiss, hum or breath
    stress: float


@dataclass(frozen=True)
class Speech:
    samples: Signal  # (RATE * duration,), within -1 and 1
    duration: float  # s
    lips: Signal  # (frames,) how round, 25 a second
    envelope: Signal  # (frames,) how loud, 0 to 1, 25 a second


def plan(prosody: Prosody, rng: np.random.Generator) -> list[Syllable]:
    """The syllables of one utterance: rhythm and pitch contour of the prosody."""
    count = max(3, round(float(rng.uniform(1.6, 2.6)) * prosody.rate))
    at = LEAD + 0.45 * prosody.gasp
    syllables = []
    for number in range(count):
        place = number / (count - 1)
        slot = float(rng.uniform(0.82, 1.18)) / prosody.rate
        last = number == count - 1
        stress = 1.0 if number % 3 == 0 else float(rng.uniform(0.6, 0.85))
        syllables.append(
            Syllable(
                start=at,
                length=slot * prosody.legato * (1.35 if last else 1.0),
                pitch=prosody.pitch
                + prosody.slope * (place - 0.35)
                + prosody.spread * (float(rng.uniform(-1, 1)) + 0.8 * (stress - 0.8)),
                glide=prosody.final if last else float(rng.uniform(-0.5, 0.3)) * prosody.spread,
                vowel=str(rng.choice(list(VOWELS))),
                onset=str(rng.choice(["stop", "hiss", "hum", "hum"])),
                stress=stress,
            )
        )
        # A phrase breathes: one pause where it is long enough.
        at += slot * (1.35 if last else 1.0) + (0.16 if number == count // 2 else 0.0)
    if prosody.laugh > 0.4:
        top = prosody.pitch + prosody.slope * 0.6 + 1
        syllables += [
            Syllable(at + 0.06 + 0.19 * n, 0.12, top - 1.3 * n, -1.5, "a", "breath", 0.95 - 0.1 * n)
            for n in range(4)
        ]
    return syllables


def speak(prosody: Prosody, pitch: float, tract: float, rng: np.random.Generator) -> Speech:
    """An utterance of 2 to 6 s by a speaker of that pitch (Hz) and vocal tract."""
    syllables = plan(prosody, rng)
    end = syllables[-1].start + syllables[-1].length + TAIL
    frames = int(np.clip(np.ceil(end * 25), 52, 148))
    count = frames * RATE // 25
    loud = _loudness(syllables, prosody, count)
    voiced = _source(_pitch(syllables, prosody, pitch, count, rng), prosody, rng) * loud
    breath = prosody.breath * loud + _breaths(syllables, prosody, count)
    noise = 0.35 * breath * rng.standard_normal(count)
    shaped = _through_formants(voiced + noise, syllables, tract)
    samples = _finished(shaped + _hisses(syllables, prosody, count, rng), prosody)
    return Speech(samples, frames / 25, _lips(syllables, frames), _envelope(samples, frames))


def _curve(points: list[tuple[float, float]], count: int) -> Signal:
    """Straight lines through (s, value), a value per sample, rounded at the corners."""
    times, values = zip(*points, strict=True)
    steps = np.interp(np.arange(0, count, 240) / RATE, times, values)
    steps = np.convolve(np.pad(steps, 3, mode="edge"), np.hanning(9)[1:-1] / 4, mode="valid")
    return np.interp(np.arange(count), np.arange(len(steps)) * 240, steps)


def _loudness(syllables: list[Syllable], prosody: Prosody, count: int) -> Signal:
    points = [(0.0, 0.0)]
    for s in syllables:
        attack = min(0.045, s.length / 4)
        points += [
            (s.start, 0.25 if s.onset == "hum" and len(points) > 1 else 0.0),
            (s.start + attack, s.stress),
            (s.start + 0.6 * s.length, 0.8 * s.stress),
            (s.start + s.length, 0.0),
        ]
    # A trembling voice is not even either: 6.5 times a second.
    waver = 1 + 0.3 * prosody.tremble * np.sin(2 * np.pi * 6.5 * np.arange(count) / RATE)
    return _curve(points, count) * waver


def _pitch(
    syllables: list[Syllable], prosody: Prosody, pitch: float, count: int, rng: np.random.Generator
) -> Signal:
    """Fundamental frequency (Hz) at each sample."""
    points = []
    for s in syllables:
        points += [(s.start, s.pitch), (s.start + s.length, s.pitch + s.glide)]
    time = np.arange(count) / RATE
    semitones = _curve(points, count)
    semitones += 0.9 * prosody.tremble * np.sin(2 * np.pi * 6.5 * time + 1)
    steps = np.arange(0, count + 480, 480) / RATE  # every 10 ms
    walk = np.interp(time, steps, rng.standard_normal(len(steps)))
    semitones += (0.12 + 0.5 * prosody.rough) * walk
    return pitch * 2 ** (semitones / 12)


def _source(f0: Signal, prosody: Prosody, rng: np.random.Generator) -> Signal:
    """The glottal flow's derivative: 2x/o - 3(x/o)² while open, for the share o of a period.

    A short open phase sounds pressed and bright, a long one soft. Roughness makes every
    second period weaker and each of them uneven.
    """
    cycles = np.cumsum(f0 / RATE)
    number = cycles.astype(int)
    x = cycles - number
    o = 0.82 - 0.42 * prosody.bright
    pulse = np.where(x < o, 2 * x / o - 3 * (x / o) ** 2, 0.0)
    uneven = 1 + prosody.rough * 0.35 * rng.standard_normal(number[-1] + 1)
    flow: Signal = pulse * (1 - 0.5 * prosody.rough * (number % 2)) * uneven[number]
    return flow


def _breaths(syllables: list[Syllable], prosody: Prosody, count: int) -> Signal:
    """How much breath is heard: a gasp before the first word, an h in a laugh."""
    points = [(0.0, 0.0)]
    if prosody.gasp > 0.2:
        start = syllables[0].start - 0.45
        points += [(start, 0.0), (start + 0.2, 0.6 * prosody.gasp), (start + 0.3, 0.0)]
    for s in syllables:
        if s.onset == "breath":
            points += [(s.start - 0.05, 0.0), (s.start, 0.5), (s.start + 0.04, 0.0)]
    return _curve(points, count)


def _hisses(
    syllables: list[Syllable], prosody: Prosody, count: int, rng: np.random.Generator
) -> Signal:
    """Consonants: an s before some vowels, a tick before others."""
    sound = np.zeros(count)
    for s in syllables:
        if s.onset not in ("hiss", "stop"):
            continue
        size = round((0.07 if s.onset == "hiss" else 0.018) * RATE)
        start = max(0, round(s.start * RATE) - size)
        size = min(size, count - start)
        noise = np.diff(rng.standard_normal(size + 2), n=2) * np.hanning(size)
        sound[start : start + size] += noise * (0.012 + 0.02 * prosody.loudness)
    return sound


def _through_formants(sound: Signal, syllables: list[Syllable], tract: float) -> Signal:
    """The sound through resonances that move with the vowels (overlapping windows, FFT)."""
    padded = np.pad(sound, FRAME)
    starts = np.arange(0, len(padded) - FRAME, HOP)
    window = np.sqrt(np.hanning(FRAME + 1)[:-1])
    middles = (starts + FRAME / 2 - FRAME) / RATE  # s
    centres = [s.start + s.length / 2 for s in syllables]
    frequency = np.fft.rfftfreq(FRAME, 1 / RATE)[None, :]  # (1, bins)
    response = np.ones((len(starts), frequency.shape[1]), dtype=complex)
    for number, bandwidth in enumerate(BANDWIDTHS):
        targets = [VOWELS[s.vowel][number] if number < 3 else 3600.0 for s in syllables]
        formant = tract * np.interp(middles, centres, targets)[:, None]  # (windows, 1)
        response /= 1 - (frequency / formant) ** 2 + 1j * frequency * bandwidth / formant**2
    pieces = np.stack([padded[i : i + FRAME] for i in starts]) * window
    pieces = np.fft.irfft(np.fft.rfft(pieces, axis=1) * response, axis=1) * window
    out = np.zeros(len(padded))
    for start, piece in zip(starts, pieces, strict=True):
        out[start : start + FRAME] += piece  # squared windows at this hop add up to 1
    return out[FRAME : FRAME + len(sound)]


def _finished(sound: Signal, prosody: Prosody) -> Signal:
    """A little room around it, the prosody's loudness, and no clipping."""
    sound = sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9)
    room = np.zeros_like(sound)
    for delay, share in ((0.019, 0.16), (0.031, 0.12), (0.047, 0.08)):
        shift = round(delay * RATE)
        room[shift:] += share * sound[:-shift]
    return 0.85 * np.tanh((0.03 + 0.19 * prosody.loudness) * (sound + room))


def _envelope(samples: Signal, frames: int) -> Signal:
    """Loudness of each picture's 40 ms, 0 to 1, as the mouth follows it."""
    power = np.sqrt(np.mean(samples.reshape(frames, -1) ** 2, axis=1))
    power = power / max(float(np.quantile(power, 0.95)), 1e-9)
    soft = np.convolve(np.pad(power, 1, mode="edge"), [0.2, 0.6, 0.2], mode="valid")
    return np.clip(soft, 0, 1) ** 0.8


def _lips(syllables: list[Syllable], frames: int) -> Signal:
    centres = [s.start + s.length / 2 for s in syllables]
    return np.interp(np.arange(frames) / 25, centres, [VOWELS[s.vowel][3] for s in syllables])
